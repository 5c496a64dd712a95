//! Single posts, as a person would try them.

use staffetta_plugin::exports::rule::Outcome;
use staffetta_plugin::{
    ChangeKind, FieldLimit, LinkPlace, Measured, Media, MediaKind, Post, PostLimits, Provenance,
    Result, Segment, Severity, empty_post, text,
};

use crate::config::{Config, Strategy};
use crate::meter::Meter;
use crate::rule;

/// Counts graphemes; each field has its own limit.
struct Graphemes(Vec<(&'static str, u32)>);

impl Meter for Graphemes {
    fn measure(&self, field: &str, words: &str) -> Result<Measured> {
        let limit = self
            .0
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, limit)| *limit);
        Ok(text::measure(
            words,
            &text::tokens(words),
            limit,
            "graphemes",
            |unit| match unit {
                text::Unit::Grapheme(_) => 1,
                text::Unit::Token(_, token) => text::graphemes(token),
            },
        ))
    }
}

impl Graphemes {
    fn limits(&self) -> PostLimits {
        let field = |(name, limit): &(&str, u32)| FieldLimit {
            name: (*name).into(),
            required: *name == "subject",
            limit: Some(*limit),
            unit: "graphemes".into(),
            provenance: Provenance {
                source: "made up".into(),
                date: "2026-11".into(),
                doubtful: false,
            },
        };
        PostLimits {
            fields: self.0.iter().map(field).collect(),
            media: Vec::new(),
            min_media: 0,
            links: LinkPlace::Text,
            cards: false,
            max_tags: None,
            max_parts: 1,
        }
    }
}

const LINK: &str = "https://blog.acme.example/apertura";

fn article() -> Post {
    let text = "Apriamo il nuovo negozio in via G. Verdi 3. Il sig. Rossi vi aspetta dalle 9.30, con caffè, ecc. \
                Venite in tanti! Ci saranno anche i fornai di Pane & C. e molti amici del quartiere.";
    let mut post = empty_post("blog", "1", text);
    post.language = Some("it".into());
    post.link = Some(LINK.into());
    post.tags = vec!["Torino".into(), "pane fresco".into()];
    post
}

fn fitted(
    config: &Config,
    limits: &PostLimits,
    meter: &Graphemes,
    post: Post,
) -> staffetta_plugin::exports::rule::Adapted {
    match rule::fit(config, limits, "acme", meter, post) {
        Ok(Outcome::Posts(mut posts)) if posts.len() == 1 => posts.remove(0),
        other => panic!("one post expected, not {other:?}"),
    }
}

#[test]
fn a_short_post_gets_its_link_and_tags_and_says_so() {
    let meter = Graphemes(vec![("text", 300)]);
    let out = fitted(&Config::default(), &meter.limits(), &meter, article());
    assert!(
        out.post
            .text
            .ends_with(&format!("quartiere.\n\n{LINK}\n\n#Torino #PaneFresco"))
    );
    let said: Vec<_> = out
        .changes
        .iter()
        .map(|c| (c.kind, c.after.as_deref(), c.reason.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (
                ChangeKind::Added,
                Some(LINK),
                "the link is clickable in the text here"
            ),
            (
                ChangeKind::Added,
                Some("#Torino #PaneFresco"),
                "tags are part of the text here"
            ),
        ]
    );
}

#[test]
fn whole_sentences_are_kept_above_link_and_tags() {
    let meter = Graphemes(vec![("text", 160)]);
    let out = fitted(&Config::default(), &meter.limits(), &meter, article());
    let kept = "Apriamo il nuovo negozio in via G. Verdi 3. Il sig. Rossi vi aspetta dalle 9.30, con caffè, ecc.";
    assert_eq!(
        out.post.text,
        format!("{kept}\n\n{LINK}\n\n#Torino #PaneFresco")
    );
    assert_eq!(
        out.changes[0].reason,
        "238 → 153 of 160 graphemes; cut behind sentence 2"
    );
    assert_eq!(out.changes[0].after.as_deref(), Some(kept));
}

#[test]
fn words_are_kept_where_no_sentence_fits_and_by_choice() {
    let meter = Graphemes(vec![("text", 95)]);
    let out = fitted(&Config::default(), &meter.limits(), &meter, article());
    assert_eq!(
        out.post.text,
        format!("Apriamo il nuovo negozio in via G…\n\n{LINK}\n\n#Torino #PaneFresco")
    );
    assert!(
        out.changes[0]
            .reason
            .ends_with("cut between words, because the first sentence alone is too long")
    );
    let words = Config {
        strategy: Strategy::Word,
        ellipsis: " (…)".into(),
        ..Config::default()
    };
    let meter = Graphemes(vec![("text", 117)]);
    let out = fitted(&words, &meter.limits(), &meter, article());
    assert!(
        out.post
            .text
            .starts_with("Apriamo il nuovo negozio in via G. Verdi 3. Il sig (…)\n\n"),
        "{}",
        out.post.text
    );
}

#[test]
fn tags_go_before_the_link_and_the_link_is_never_cut() {
    let meter = Graphemes(vec![("text", 50)]);
    let out = fitted(&Config::default(), &meter.limits(), &meter, article());
    assert_eq!(out.post.text, format!("Apriamo il…\n\n{LINK}"));
    assert!(
        out.warnings
            .iter()
            .any(|w| w.code == "tag-left-out" && w.message == "no room for #Torino #PaneFresco")
    );
}

#[test]
fn what_cannot_fit_is_refused_with_its_numbers() {
    let meter = Graphemes(vec![("text", 40)]);
    let Ok(Outcome::Refused(why)) = rule::fit(
        &Config::default(),
        &meter.limits(),
        "acme",
        &meter,
        article(),
    ) else {
        panic!("a refusal expected")
    };
    assert_eq!(why.len(), 1);
    assert_eq!(
        (why[0].code.as_str(), why[0].actual, why[0].limit),
        ("cannot-fit", Some(44), Some(40))
    );
    assert_eq!(
        why[0].message,
        "the first word and the link need 44 graphemes, and acme allows 40"
    );
    assert_eq!(why[0].severity, Severity::Refuse);
}

#[test]
fn a_link_inside_the_text_survives_the_cut() {
    let meter = Graphemes(vec![("text", 60)]);
    let mut post = article();
    post.tags.clear();
    post.text = format!("Una frase breve. Un'altra frase, e poi {LINK} si legge tutto.");
    let out = fitted(&Config::default(), &meter.limits(), &meter, post);
    assert_eq!(out.post.text, format!("Una frase breve.\n\n{LINK}"));
}

#[test]
fn networks_with_a_field_for_it_keep_the_link_out_of_the_text() {
    let meter = Graphemes(vec![("text", 300)]);
    let mut limits = meter.limits();
    limits.links = LinkPlace::Field;
    let out = fitted(&Config::default(), &limits, &meter, article());
    assert_eq!((out.post.text, out.changes.len()), (article().text, 0));
    limits.links = LinkPlace::Nowhere;
    limits.max_tags = Some(1);
    let out = fitted(&Config::default(), &limits, &meter, article());
    assert_eq!(out.post.text, format!("{}\n\n#Torino", article().text));
    let codes: Vec<_> = out
        .warnings
        .iter()
        .map(|w| (w.field.as_str(), w.code.as_str()))
        .collect();
    assert_eq!(codes, [("link", "link-left-out"), ("tags", "tag-left-out")]);
}

#[test]
fn other_fields_have_limits_of_their_own() {
    let meter = Graphemes(vec![
        ("text", 500),
        ("title", 20),
        ("summary", 30),
        ("alt", 12),
        ("subject", 15),
    ]);
    let mut post = article();
    post.title = Some("Apriamo il nuovo negozio a Torino".into());
    post.summary = Some("Apriamo. Venite tutti quanti alla festa.".into());
    post.media = vec![Media {
        kind: MediaKind::Image,
        blob: None,
        url: Some("https://a.example/1.jpg".into()),
        media_type: "image/jpeg".into(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: Some("Una vetrina con molto pane".into()),
        focus: None,
    }];
    let out = fitted(&Config::default(), &meter.limits(), &meter, post.clone());
    assert_eq!(out.post.title.as_deref(), Some("Apriamo il nuovo…"));
    assert_eq!(out.post.summary.as_deref(), Some("Apriamo."));
    assert_eq!(out.post.media[0].alt.as_deref(), Some("Una vetrina…"));
    assert_eq!(
        out.post.text, post.text,
        "a network with a subject has its own place for the link"
    );
    let fields: Vec<_> = out
        .changes
        .iter()
        .map(|c| (c.field.as_str(), c.reason.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("title", "33 → 17 of 20 graphemes"),
            ("summary", "40 → 8 of 30 graphemes"),
            ("media[0].alt", "26 → 12 of 12 graphemes"),
        ]
    );
    assert_eq!(out.warnings.len(), 1, "{:?}", out.warnings);
    assert_eq!(
        (out.warnings[0].code.as_str(), out.warnings[0].actual),
        ("too-long", Some(17))
    );
}

#[test]
fn a_thread_is_balanced_and_has_no_orphan() {
    let meter = Graphemes(vec![("text", 120)]);
    let mut limits = meter.limits();
    limits.max_parts = 10;
    let config = Config {
        strategy: Strategy::Thread,
        numbered: true,
        ..Config::default()
    };
    let mut post = article();
    post.text.push_str(" Vi aspettiamo tutti.");
    let out = fitted(&config, &limits, &meter, post.clone());
    let parts: Vec<&str> = out.post.thread.iter().map(|s| s.text.as_str()).collect();
    let lengths: Vec<u32> = parts.iter().map(|p| text::graphemes(p)).collect();
    assert!(
        lengths.iter().all(|n| (60..=120).contains(n)),
        "{lengths:?} {parts:#?}"
    );
    assert!(parts[0].ends_with(&format!(" (1/{})", parts.len())));
    assert!(parts[parts.len() - 1].ends_with(&format!("{LINK}\n\n#Torino #PaneFresco")));
    assert!(
        out.post.text.starts_with(&post.text),
        "the text keeps the whole"
    );
    assert_eq!(out.changes[0].kind, ChangeKind::Split);
    assert_eq!(
        out.changes[0].reason,
        format!("259 graphemes, 120 a post: {} posts", parts.len())
    );

    // Where the network has no threads, the same post is shortened, and a ready thread is taken apart.
    limits.max_parts = 1;
    let out = fitted(&config, &limits, &meter, out.post);
    assert!(out.post.thread.is_empty());
    assert!(
        out.changes
            .iter()
            .any(|c| c.field == "thread" && c.kind == ChangeKind::Removed)
    );
}

#[test]
fn a_thread_that_was_written_by_hand_stays() {
    let meter = Graphemes(vec![("text", 120)]);
    let mut limits = meter.limits();
    limits.max_parts = 5;
    let mut post = article();
    post.thread = ["Uno.", "Due."]
        .map(|t| Segment {
            text: t.into(),
            media: Vec::new(),
        })
        .into();
    let out = fitted(&Config::default(), &limits, &meter, post.clone());
    assert_eq!((out.post, out.changes.len()), (post, 0));
}
