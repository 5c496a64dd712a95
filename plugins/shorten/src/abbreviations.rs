//! Words after which a full stop ends no sentence. Own collection for Italian and English; other languages get both,
//! because a sentence that is thought longer than it is costs a few words, and one that is cut at «sig.» is a mistake
//! that people see.

/// How far a full stop after a word can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An ordinary word: the sentence ends.
    Ends,
    /// A title or the like: what it belongs to comes next.
    GoesOn,
    /// Goes on only before a number: «art. 5», "no. 7".
    BeforeNumber,
}

const ITALIAN: &[&str] = &[
    "sig", "sigg", "sig.ra", "sig.na", "dott", "dott.ssa", "dr", "prof", "prof.ssa", "proff",
    "ing", "avv", "arch", "geom", "rag", "on", "sen", "mons", "ten", "cap", "col", "gen", "spett",
    "egr", "gent", "ill", "cfr", "cf", "es", "p.es", "ad es", "vd", "tel", "cell", "ca", "vs",
    "fam", "ss", "v.le", "p.zza", "c.so", "all", "cit", "ed",
];

const ENGLISH: &[&str] = &[
    "mr", "mrs", "ms", "mx", "dr", "prof", "rev", "hon", "st", "mt", "ft", "gen", "col", "capt",
    "lt", "sgt", "gov", "sen", "rep", "pres", "messrs", "e.g", "i.e", "eg", "ie", "cf", "viz",
    "vs", "approx", "dept", "est", "ca", "al",
];

const NUMBERED_ITALIAN: &[&str] = &[
    "art", "artt", "n", "nn", "nr", "num", "p", "pp", "pag", "pagg", "fig", "tab", "vol", "cap",
    "par", "sez", "ep",
];

const NUMBERED_ENGLISH: &[&str] = &[
    "no", "nos", "art", "p", "pp", "fig", "figs", "vol", "vols", "ch", "sec", "ed", "eq", "ver",
    "ep", "pt",
];

/// What a full stop after `word` means in a text of that language (a BCP 47 tag).
pub(crate) fn stop_after(word: &str, language: Option<&str>) -> Stop {
    let word = word.to_lowercase();
    let primary = language
        .and_then(|tag| tag.split(['-', '_']).next())
        .map(str::to_lowercase);
    let (italian, english) = match primary.as_deref() {
        Some("it") => (true, false),
        Some("en") => (false, true),
        _ => (true, true),
    };
    let listed = |active: bool, list: &[&str]| active && list.contains(&word.as_str());
    if listed(italian, ITALIAN) || listed(english, ENGLISH) || is_initial(&word) {
        Stop::GoesOn
    } else if listed(italian, NUMBERED_ITALIAN) || listed(english, NUMBERED_ENGLISH) {
        Stop::BeforeNumber
    } else {
        Stop::Ends
    }
}

/// «G. Verdi», "J. R. R. Tolkien": one letter alone, but not «è» or «o» at the end of an Italian sentence.
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter.is_alphabetic() && letter.is_ascii(),
        _ => false,
    }
}
