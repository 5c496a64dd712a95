//! What must hold for any text on any network. The networks here count by themselves; whether a result fits is then
//! counted again in another way, so that no mistake of the measuring hides one of the cutting.

use proptest::prelude::*;
use staffetta_plugin::exports::rule::Outcome;
use staffetta_plugin::{
    ChangeKind, FieldLimit, LinkPlace, Measured, Post, PostLimits, Provenance, Result, SpanKind,
    empty_post, text,
};
use unicode_segmentation::UnicodeSegmentation;

use crate::config::{Config, Into, Strategy as Way};
use crate::meter::Meter;
use crate::{layout, rule};

/// How one made-up network counts.
#[derive(Debug, Clone, Copy)]
enum Counts {
    /// Graphemes, everything in full.
    Graphemes,
    /// Graphemes, and ten times as many bytes as a second limit that only `fits` shows.
    GraphemesAndBytes,
    /// Any link is 23, a character outside Latin is 2.
    Weighted,
}

#[derive(Debug)]
struct Ruler {
    counts: Counts,
    limit: u32,
    asked: std::cell::Cell<u32>,
}

impl Meter for Ruler {
    fn measure(&self, _field: &str, words: &str) -> Result<Measured> {
        self.asked.set(self.asked.get() + 1);
        let tokens = text::tokens(words);
        let weigh = |unit: text::Unit<'_>| match (self.counts, unit) {
            (Counts::Weighted, text::Unit::Token(SpanKind::Link, _)) => 23,
            (Counts::Weighted, text::Unit::Grapheme(t) | text::Unit::Token(_, t)) => weight(t),
            (_, text::Unit::Grapheme(_)) => 1,
            (_, text::Unit::Token(_, token)) => text::graphemes(token),
        };
        let mut measured = text::measure(words, &tokens, Some(self.limit), "units", weigh);
        if matches!(self.counts, Counts::GraphemesAndBytes) {
            let bytes = |unit: text::Unit<'_>| match unit {
                text::Unit::Grapheme(t) | text::Unit::Token(_, t) => t.len() as u32,
            };
            let other = text::measure(words, &tokens, Some(self.limit * 3 / 2), "bytes", bytes);
            measured.fits = measured.fits.min(other.fits);
        }
        Ok(measured)
    }
}

fn weight(text: &str) -> u32 {
    text.chars()
        .map(|c| if c < '\u{1100}' { 1 } else { 2 })
        .sum()
}

/// The other count: over what stands between blanks, not over tokens.
fn count(counts: Counts, words: &str) -> u32 {
    match counts {
        Counts::Graphemes | Counts::GraphemesAndBytes => words.graphemes(true).count() as u32,
        Counts::Weighted => words
            .split_inclusive(char::is_whitespace)
            .map(|chunk| {
                let bare = chunk.trim_end();
                let blanks = (chunk.len() - bare.len()) as u32;
                // The generated links stand between blanks, a full stop behind them at most.
                match bare.strip_prefix("https://") {
                    Some(rest) => {
                        23 + blanks
                            + (rest.len() - rest.trim_end_matches(['.', '…']).len()).min(1) as u32
                    }
                    None => weight(chunk),
                }
            })
            .sum(),
    }
}

fn limits(most_parts: u32, limit: u32, max_tags: Option<u32>) -> PostLimits {
    let provenance = Provenance {
        source: "made up".into(),
        date: "2026-11".into(),
        doubtful: false,
    };
    PostLimits {
        fields: vec![FieldLimit {
            name: "text".into(),
            required: true,
            limit: Some(limit),
            unit: "units".into(),
            provenance,
        }],
        media: Vec::new(),
        min_media: 0,
        links: LinkPlace::Text,
        cards: false,
        max_tags,
        max_parts: most_parts,
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-zàèéìòù]{1,9}",
        1 => "[A-Z][a-z]{2,7}",
        1 => Just("sig.".to_string()),
        1 => Just("ecc.".to_string()),
        1 => Just("3.14".to_string()),
        1 => Just("👨‍👩‍👧".to_string()),
        1 => Just("e\u{301}te\u{301}".to_string()),
        1 => Just("🇮🇹".to_string()),
        1 => Just("東京".to_string()),
        1 => Just("@anna@ex.social".to_string()),
        1 => "#[A-Z][a-z]{2,6}",
        1 => "https://[a-z]{3,9}\\.example/[a-z]{1,40}\\?q=1\\.5",
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(word(), 1..14),
        prop_oneof![Just("."), Just("!"), Just("…"), Just(""), Just(" 。")],
    )
        .prop_map(|(words, mark)| {
            // A link keeps a blank before what could be read as a part of it.
            let space = if words.last().is_some_and(|w| w.starts_with("https")) {
                " "
            } else {
                ""
            };
            format!("{}{space}{mark}", words.join(" "))
        })
}

fn body() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(sentence(), 0..12),
        prop_oneof![Just(" "), Just("\n\n")],
    )
        .prop_map(|(sentences, between)| sentences.join(between))
}

fn post() -> impl Strategy<Value = Post> {
    let link = prop::option::of(Just("https://blog.acme.example/2026/article".to_string()));
    let tags = prop::collection::vec(
        prop_oneof![
            Just("Caffè"),
            Just("social media"),
            Just("2026"),
            Just("Uno")
        ],
        0..4,
    );
    let language = prop::option::of(prop_oneof![Just("it"), Just("en-GB")]);
    (body(), link, tags, language).prop_map(|(text, link, tags, language)| {
        let mut post = empty_post("test", "1", text);
        post.link = link;
        post.tags = tags.into_iter().map(String::from).collect();
        post.language = language.map(String::from);
        post
    })
}

fn config() -> impl Strategy<Value = Config> {
    let way = prop_oneof![Just(Way::Sentence), Just(Way::Word), Just(Way::Thread)];
    let into = || prop_oneof![Just(Into::Auto), Just(Into::Never)];
    (
        way,
        prop_oneof![Just("…"), Just(""), Just(" [...]")],
        into(),
        into(),
        any::<bool>(),
    )
        .prop_map(|(strategy, ellipsis, link, tags, numbered)| Config {
            strategy,
            ellipsis: ellipsis.into(),
            link,
            tags,
            numbered,
        })
}

fn ruler(limit: u32) -> impl Strategy<Value = Ruler> {
    prop_oneof![
        Just(Counts::Graphemes),
        Just(Counts::GraphemesAndBytes),
        Just(Counts::Weighted)
    ]
    .prop_map(move |counts| Ruler {
        counts,
        limit,
        asked: Default::default(),
    })
}

fn tokens(words: &str) -> Vec<String> {
    text::tokens(words)
        .iter()
        .map(|t| words[t.start as usize..t.end as usize].to_string())
        .collect()
}

fn squeeze(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_goes_out_fits_and_is_whole(
        post in post(),
        config in config(),
        ruler in (10u32..400).prop_flat_map(ruler),
        max_tags in prop::option::of(0u32..3),
        parts in 1u32..6,
    ) {
        let limits = limits(parts, ruler.limit, max_tags);
        let original = post.clone();
        let outcome = rule::fit(&config, &limits, "acme", &ruler, post).unwrap();
        let mut adapted = match outcome {
            Outcome::Refused(violations) => {
                prop_assert!(violations.iter().all(|v| v.code == "cannot-fit" && (v.actual > v.limit || v.limit.is_none())));
                // Only where even a word and the link leave no room.
                prop_assert!(ruler.limit < 200, "refused at {}", ruler.limit);
                return Ok(());
            }
            Outcome::Posts(posts) => posts,
        };
        prop_assert_eq!(adapted.len(), 1);
        let adapted = adapted.remove(0);
        let out = &adapted.post;

        // Data stay data.
        prop_assert_eq!(&out.link, &original.link);
        prop_assert_eq!(&out.tags, &original.tags);
        prop_assert_eq!(&out.origin, &original.origin);

        // It fits, by another count.
        let sent: Vec<&str> = if out.thread.is_empty() {
            vec![&out.text]
        } else {
            out.thread.iter().map(|s| s.text.as_str()).collect()
        };
        for words in &sent {
            prop_assert!(count(ruler.counts, words) <= ruler.limit, "{} over {}: {words:?}", count(ruler.counts, words), ruler.limit);
            if matches!(ruler.counts, Counts::GraphemesAndBytes) {
                prop_assert!(words.len() as u32 <= ruler.limit * 3 / 2);
            }
        }
        prop_assert!(sent.len() <= parts as usize);

        // Links, mentions and tags are whole: each was in the text or belongs to the post.
        let mut known = tokens(&original.text);
        known.extend(original.link.clone());
        known.extend(original.tags.iter().filter_map(|tag| layout::hashtag(tag)));
        for words in &sent {
            for token in tokens(words) {
                prop_assert!(known.contains(&token), "{token:?} came from nowhere in {words:?}");
            }
        }

        // The link is there where it belongs there.
        if let (Some(link), Into::Auto) = (&original.link, config.link) {
            prop_assert!(layout::has_link(&out.text, link));
            prop_assert!(sent.iter().any(|words| layout::has_link(words, link)));
        }

        // What was kept is the beginning of what was there.
        if adapted.changes.iter().any(|c| c.kind == ChangeKind::Shortened) {
            let shown = adapted.changes.iter().find(|c| c.kind == ChangeKind::Shortened).unwrap();
            prop_assert!(shown.reason.contains(" → "));
            let (kept, _) = layout::split(&out.text);
            let kept = kept.trim_end_matches(config.ellipsis.trim()).trim_end();
            prop_assert!(squeeze(&original.text).starts_with(&squeeze(kept)), "{kept:?} does not begin {:?}", original.text);
        }
        // All of a thread is the whole body.
        if !out.thread.is_empty() && !config.numbered {
            let all = squeeze(&sent.join(" ")).replace(' ', "");
            prop_assert_eq!(all, squeeze(&out.text).replace(' ', ""));
        }
        if out.text != original.text || !out.thread.is_empty() {
            prop_assert!(!adapted.changes.is_empty());
        }

        // Again changes nothing.
        let outcome = rule::fit(&config, &limits, "acme", &ruler, out.clone()).unwrap();
        let Outcome::Posts(again) = outcome else { return Err(TestCaseError::fail("refused at the second time")) };
        prop_assert_eq!(&again[0].post, out);
        prop_assert!(again[0].changes.is_empty(), "{:?}", again[0].changes);
    }

    #[test]
    fn a_network_is_asked_only_a_few_times(post in post(), ruler in (120u32..400).prop_flat_map(ruler)) {
        let limits = limits(1, ruler.limit, None);
        rule::fit(&Config::default(), &limits, "acme", &ruler, post).unwrap();
        prop_assert!(ruler.asked.get() <= 12, "asked {} times", ruler.asked.get());
    }

    #[test]
    fn any_text_at_all_does_no_harm(words in any::<String>(), limit in 1u32..60) {
        let ruler = Ruler { counts: Counts::Graphemes, limit, asked: Default::default() };
        let outcome = rule::fit(&Config::default(), &limits(1, limit, None), "acme", &ruler, empty_post("t", "1", words)).unwrap();
        if let Outcome::Posts(posts) = outcome {
            prop_assert!(posts[0].post.text.graphemes(true).count() as u32 <= limit);
        }
    }
}
