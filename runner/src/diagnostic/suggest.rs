//! The nearest known word to an unknown one.

/// The candidate that `word` most probably means; none where all are too far.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = normal(word);
    // A third of the letters may be wrong, and one of a short word.
    let most = (plain.chars().count().max(3)) / 3;
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = normal(candidate);
            let distance = strsim::damerau_levenshtein(&plain, &other);
            let part = plain.len() >= 3
                && other.len() >= 3
                && (other.starts_with(&plain) || plain.starts_with(&other));
            (distance <= most || part).then_some((distance, candidate))
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// `did you mean …?` for a help line.
#[must_use]
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|found| format!("did you mean `{found}`?"))
}

/// Names for a sentence: `a`, `b`, `c`; cut after twelve.
#[must_use]
pub fn join_names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

/// `one of` and the names; the name alone where there is one.
#[must_use]
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [name] => format!("`{name}`"),
        _ => format!("one of {}", join_names(names)),
    }
}

fn normal(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far() {
        let keys = ["steps", "name", "time-zone", "continue-on-error"];
        assert_eq!(nearest("step", keys), Some("steps"));
        assert_eq!(nearest("Steps", keys), Some("steps"));
        assert_eq!(nearest("time_zone", keys), Some("time-zone"));
        assert_eq!(nearest("timezone", keys), Some("time-zone"));
        assert_eq!(nearest("continueOnError", keys), Some("continue-on-error"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(nearest("", keys), None);
    }
}
