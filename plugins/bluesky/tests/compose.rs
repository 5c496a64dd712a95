//! Exact records: facets in bytes, embeds, languages, tags, threads; measured and composed lengths agree; refusals.

#![allow(clippy::unwrap_used)]

mod support;

use plugin_bluesky::check::check;
use plugin_bluesky::limits::limits;
use plugin_bluesky::settings::Settings;
use plugin_bluesky::text::{Size, measure};
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Account, Card, Composed, Media, MediaKind, Mention, Post, Severity};
use support::{account, compose, payload, picture, post};

const LINK: &str = "https://blog.acme.example/2026/11/un-articolo-lungo?utm_source=bluesky";

fn codes(account: &Account, composed: &Composed) -> Vec<(String, String, Severity)> {
    let settings = Settings::of(account).unwrap();
    check(account, &settings, composed)
        .into_iter()
        .map(|v| (v.code, v.field, v.severity))
        .collect()
}

fn article() -> Post {
    let mut article = post("Perché sì: 🎉 leggi");
    article.title = Some("Un articolo".into());
    article.summary = Some("In breve".into());
    article.link = Some(LINK.into());
    article
}

#[test]
fn an_exact_record_with_byte_offsets() {
    let mut wanted = post(&format!("🎉 Perché? {LINK} di @anna, #caffè"));
    wanted.mentions = vec![Mention {
        label: "@anna".into(),
        network: "bluesky".into(),
        handle: "anna.example".into(),
        id: Some("did:plc:anna".into()),
    }];
    wanted.language = Some("it".into());
    wanted.tags = vec!["Caffè".into(), "#crema".into()];
    let composed = compose(&account(json!({})), &wanted);
    let text = "🎉 Perché? blog.acme.example/2026/11/un-ar… di @anna, #caffè";
    let at = |needle: &str| {
        let start = text.find(needle).unwrap();
        json!({"byteStart": start, "byteEnd": start + needle.len()})
    };
    assert_eq!(
        payload(&composed, 0),
        json!({
            "$type": "app.bsky.feed.post",
            "text": text,
            "langs": ["it"],
            "tags": ["crema"],
            "facets": [
                {"index": at("blog.acme.example/2026/11/un-ar…"), "features": [
                    {"$type": "app.bsky.richtext.facet#link", "uri": LINK}]},
                {"index": at("@anna"), "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:anna"}]},
                {"index": at("#caffè"), "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "caffè"}]},
            ],
        })
    );
    let part = &composed.parts[0];
    assert_eq!(
        (
            part.text.as_str(),
            part.spans.len(),
            part.payload_type.as_str()
        ),
        (text, 3, "application/json")
    );
    assert_eq!(part.spans[0].target, LINK);
    assert!(composed.notes.is_empty(), "{:?}", composed.notes);
    assert_eq!(composed, compose(&account(json!({})), &wanted), "pure");
}

#[test]
fn measured_and_composed_are_the_same_number() {
    let account = account(json!({}));
    let texts = [
        "",
        "ciao\n\n\r\nmondo\n",
        "(https://a.example/a/very/long/path/that/is/cut) 👨‍👩‍👧‍👦 नमस्ते क्षत्रिय e\u{301} #tag @a.example.",
        "\u{600}https://a.example/x y",
        "  spaces kept  ",
    ];
    for text in texts {
        let measured = measure(&account, "text", text);
        let part = &compose(&account, &post(text)).parts[0];
        assert_eq!(
            (measured.length, measured.limit),
            (part.lengths[0].length, Some(300)),
            "{text:?}"
        );
        assert_eq!(measured.length, Size::of(&part.text).graphemes);
        assert_eq!(measured.fits as usize, text.len());
    }
}

#[test]
fn what_fits_ends_before_a_token_and_between_clusters() {
    let account = account(json!({"thread": false}));
    let family = "👨‍👩‍👧‍👦";
    let cases = [
        // The visible link needs 32 graphemes.
        (
            format!("{} {LINK}", "a".repeat(267)),
            268 + LINK.len(),
            300,
            "graphemes",
        ),
        (format!("{} {LINK}", "a".repeat(268)), 269, 301, "graphemes"),
        (
            format!("{} #unastoria", "a".repeat(295)),
            296,
            306,
            "graphemes",
        ),
        (
            format!("{} @anna.example", "a".repeat(295)),
            296,
            309,
            "graphemes",
        ),
        (format!("{}\n\nb", "a".repeat(298)), 300, 301, "graphemes"),
        // 25 bytes each: 120 of them are 3,000 bytes, long before 300 graphemes.
        (family.repeat(121), 3000, 3025, "UTF-8 bytes"),
    ];
    for (text, fits, length, unit) in cases {
        let measured = measure(&account, "text", &text);
        assert_eq!(
            (
                measured.fits as usize,
                measured.length,
                measured.unit.as_str()
            ),
            (fits, length, unit)
        );
        // What fits is accepted, the whole is refused where it does not fit.
        assert!(codes(&account, &compose(&account, &post(&text[..fits]))).is_empty());
        let refused = codes(&account, &compose(&account, &post(&text)));
        assert_eq!(refused.is_empty(), fits == text.len(), "{refused:?}");
        assert!(refused.iter().all(|(code, ..)| code == "too-long"));
    }
}

#[test]
fn a_link_becomes_a_card() {
    let composed = compose(&account(json!({})), &article());
    let external = json!({"uri": LINK, "title": "Un articolo", "description": "In breve"});
    assert_eq!(
        payload(&composed, 0)["embed"],
        json!({"$type": "app.bsky.embed.external", "external": external})
    );
    assert_eq!(composed.parts[0].text, "Perché sì: 🎉 leggi");
    let mut own = article();
    let mut thumb = picture(b"thumb", None);
    own.card = Some(Card {
        url: LINK.into(),
        title: "T".into(),
        description: String::new(),
        image: Some(thumb.clone()),
    });
    let composed = compose(&account(json!({})), &own);
    assert_eq!(
        payload(&composed, 0)["embed"]["external"]["thumb"]["size"],
        5
    );
    assert!(composed.parts[0].card.as_ref().unwrap().image.is_some());
    // Too large a thumb is left out and said so.
    thumb.bytes = Some(1_000_001);
    own.card = own.card.map(|card| Card {
        image: Some(thumb),
        ..card
    });
    let composed = compose(&account(json!({})), &own);
    assert!(
        payload(&composed, 0)["embed"]["external"]
            .get("thumb")
            .is_none()
    );
    assert!(composed.parts[0].card.as_ref().unwrap().image.is_none());
    assert_eq!(composed.notes.len(), 1);
}

#[test]
fn pictures_with_references_that_follow_from_their_bytes() {
    let mut with = article();
    with.media = vec![picture(b"", Some("niente"))];
    with.media[0].bytes = None;
    let describe = |_: &str| Some((0, "image/jpeg".to_string()));
    let composed = plugin_bluesky::compose::compose(&account(json!({})), &with, &describe).unwrap();
    assert_eq!(
        payload(&composed, 0)["embed"],
        json!({"$type": "app.bsky.embed.images", "images": [{
            "alt": "niente",
            "aspectRatio": {"width": 16, "height": 9},
            "image": {
                "$type": "blob",
                "ref": {"$link": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
                "mimeType": "image/png",
                "size": 0,
            },
        }]})
    );
    // No card beside pictures: the link moves into the text, and a person is told.
    assert!(
        composed.parts[0]
            .text
            .ends_with("leggi\n\nblog.acme.example/2026/11/un-ar…")
    );
    assert_eq!(composed.parts[0].spans[0].target, LINK);
    assert_eq!(composed.notes.len(), 1, "{:?}", composed.notes);
}

#[test]
fn media_without_bytes_are_said_to_be_left_out() {
    let mut with = article();
    with.media = vec![Media {
        blob: None,
        url: Some("https://a.example/p.png".into()),
        ..picture(b"x", None)
    }];
    let composed = compose(&account(json!({})), &with);
    assert!(
        composed
            .notes
            .iter()
            .any(|n| n.contains("https://a.example/p.png")),
        "{:?}",
        composed.notes
    );
    assert!(composed.parts[0].media.is_empty());
    assert_eq!(
        payload(&composed, 0)["embed"]["$type"],
        "app.bsky.embed.external",
        "then the card has its place"
    );
}

#[test]
fn what_the_network_refuses() {
    let account = account(json!({}));
    let refuse = |code: &str, field: &str| (code.to_string(), field.to_string(), Severity::Refuse);
    let warn = |code: &str, field: &str| (code.to_string(), field.to_string(), Severity::Warn);
    assert_eq!(
        codes(&account, &compose(&account, &post(" \n"))),
        [refuse("empty", "text")]
    );
    let with = |media: Vec<Media>| {
        let mut post = post("x");
        post.media = media;
        codes(&account, &compose(&account, &post))
    };
    assert_eq!(with(vec![picture(b"a", Some("alt"))]), []);
    assert_eq!(
        with(vec![picture(b"a", Some(" "))]),
        [warn("alt-missing", "media[0].alt")]
    );
    let five: Vec<Media> = (0u8..5).map(|n| picture(&[n], Some("alt"))).collect();
    assert_eq!(with(five), [refuse("too-many-media", "media")]);
    let big = Media {
        bytes: Some(2_000_001),
        ..picture(b"a", Some("alt"))
    };
    assert_eq!(with(vec![big]), [refuse("media-too-large", "media[0]")]);
    let odd = |media_type: &str| Media {
        media_type: media_type.into(),
        ..picture(b"a", Some("alt"))
    };
    assert_eq!(
        with(vec![odd("application/pdf")]),
        [refuse("media-type", "media[0]")]
    );
    assert_eq!(
        with(vec![odd("image/heic")]),
        [warn("media-type", "media[0]")]
    );
    let document = Media {
        kind: MediaKind::Document,
        ..odd("application/pdf")
    };
    assert_eq!(with(vec![document]), [refuse("media-type", "media[0]")]);
    // An empty text is fine under a picture.
    let mut silent = post("");
    silent.media = vec![picture(b"a", Some("alt"))];
    assert_eq!(codes(&account, &compose(&account, &silent)), []);
}

#[test]
fn a_video_is_embedded_alone() {
    let video = Media {
        kind: MediaKind::Video,
        media_type: "video/mp4".into(),
        ..picture(b"v", Some("alt"))
    };
    let mut with = post("x");
    with.media = vec![video.clone()];
    let composed = compose(&account(json!({})), &with);
    assert_eq!(
        payload(&composed, 0)["embed"]["$type"],
        "app.bsky.embed.video"
    );
    assert_eq!(codes(&account(json!({})), &composed), []);
    with.media.push(picture(b"a", Some("alt")));
    let composed = compose(&account(json!({})), &with);
    assert_eq!(composed.parts[0].media.len(), 1);
    assert!(composed.notes.iter().any(|n| n.contains("video")));
}

#[test]
fn languages_and_tags_stay_within_the_lexicon() {
    let langs = |settings: Value, own: Option<&str>| {
        let mut post = post("x");
        post.language = own.map(String::from);
        let composed = compose(&account(settings), &post);
        (payload(&composed, 0)["langs"].clone(), composed.notes.len())
    };
    assert_eq!(langs(json!({}), None), (json!(["it"]), 0));
    assert_eq!(
        langs(json!({"languages": ["en", "de-CH"]}), None),
        (json!(["en", "de-CH"]), 0)
    );
    assert_eq!(
        langs(json!({"languages": ["en"]}), Some("fr")),
        (json!(["fr"]), 0)
    );
    assert_eq!(langs(json!({}), Some("Italian language")), (Value::Null, 1));
    let mut tagged = post("x #A");
    tagged.tags = ["a", "b", "#b", "c", "d", "e", "f", "g", "h", "i", "k"]
        .map(String::from)
        .to_vec();
    tagged.tags.push("é".repeat(65));
    let composed = compose(&account(json!({})), &tagged);
    assert_eq!(
        payload(&composed, 0)["tags"],
        json!(["b", "c", "d", "e", "f", "g", "h", "i"])
    );
    assert_eq!(composed.notes.len(), 2, "{:?}", composed.notes);
}

#[test]
fn people_who_can_not_be_linked_are_named() {
    let mut named = post("Grazie a @anna");
    let person = |id: Option<&str>| Mention {
        label: "@anna".into(),
        network: "bluesky".into(),
        handle: "anna.example".into(),
        id: id.map(String::from),
    };
    named.mentions = vec![person(None)];
    let composed = compose(&account(json!({})), &named);
    assert!(composed.parts[0].spans.is_empty() && payload(&composed, 0).get("facets").is_none());
    assert_eq!(composed.notes, ["@anna is not linked: DID not known"]);
    named.mentions = vec![person(Some("did:plc:a"))];
    assert!(compose(&account(json!({})), &named).notes.is_empty());
}

#[test]
fn figures_are_the_networks_and_can_be_corrected() {
    let mut account = account(json!({}));
    let settings = Settings::of(&account).unwrap();
    let told = limits(&account, &settings);
    let text: Vec<_> = told
        .fields
        .iter()
        .filter(|f| f.name == "text")
        .map(|f| f.limit)
        .collect();
    assert_eq!(
        (text, told.max_tags, told.max_parts),
        (vec![Some(300), Some(3000)], Some(8), 25)
    );
    assert_eq!(
        (told.media[0].max_count, told.media[0].max_bytes),
        (4, Some(2_000_000))
    );
    assert!(
        told.fields
            .iter()
            .filter(|f| f.limit.is_some())
            .all(|f| !f.provenance.source.is_empty())
    );
    account.facts = json!({"image-bytes": 1_000_000, "text-graphemes": 100}).to_string();
    let told = limits(&account, &settings);
    assert_eq!(
        (told.fields[0].limit, told.media[0].max_bytes),
        (Some(100), Some(1_000_000))
    );
    assert_eq!(measure(&account, "text", &"a".repeat(150)).fits, 100);
}

#[test]
fn settings_that_lead_nowhere_are_refused() {
    for service in [
        "bsky.social",
        "https://",
        "https://a.example/path",
        "https://user@a.example",
        "ftp://a.example",
    ] {
        assert!(
            Settings::of(&account(json!({"service": service}))).is_err(),
            "{service}"
        );
    }
    let settings = Settings::of(&account(json!({"service": "https://pds.example/"}))).unwrap();
    assert_eq!(
        (settings.service.as_str(), settings.thread),
        ("https://pds.example", true)
    );
}
