//! The brand's posts of the tests' preview, on every kind of network and in every state.

use serde_json::json;

use super::sample::{change, field, part, picture, post, variant, violation};
use crate::contract::types::{
    Card, Change, ChangeKind, Media, MediaKind, Override, Part, Severity,
};
use crate::host::BlobStore;
use crate::journal::EffectStatus;
use crate::plugin::manifest::Layout;
use crate::preview::{Known, Shown};

const ALBA: &str = "Alba è la tazza che aspettavamo: tornita a mano nel laboratorio di Faenza, smaltata in tre toni \
    presi dal cielo delle sei del mattino.\n\nTrentadue pezzi, numerati. Ogni tazza tiene il calore per quaranta minuti e \
    va in lavastoviglie; il manico è pensato per due dita, come quelle di una volta.\n\nDa giovedì in negozio e online, \
    con spedizione in carta riciclata.";

pub(super) async fn alba(blobs: &BlobStore) -> Shown {
    let alt = "Una tazza color albicocca su un davanzale, dietro le colline all’alba";
    let media = vec![
        picture(
            blobs,
            (1200, 1500),
            ["#f6c9a0", "#5b6b58", "#fff3d6"],
            Some(alt),
        )
        .await,
        picture(
            blobs,
            (1600, 1000),
            ["#9fc3d9", "#c98a5e", "#fbe3b5"],
            Some("Tre tazze in fila: rosa, albicocca, azzurro"),
        )
        .await,
        picture(blobs, (1200, 1200), ["#e7d7ef", "#7a4f63", "#f7a27c"], None).await,
    ];
    let mut source = post(
        "alba-1",
        "Alba, la tazza delle sei del mattino",
        ALBA,
        media.clone(),
    );
    source.overrides.push(Override {
        target: "acme-linkedin".into(),
        field: "text".into(),
        value: "\"Trentadue tazze\"".into(),
        place: "inbox/alba.md:4".into(),
    });

    let short = "Alba è la tazza che aspettavamo: tornita a mano nel laboratorio di Faenza, smaltata in tre toni presi \
        dal cielo delle sei del mattino.\n\nTrentadue pezzi, numerati. Da giovedì. blog.acme.example/alba… #ceramica #fattoamano";
    let mut bluesky = variant(
        &source,
        "Bluesky",
        "#1185fe",
        Layout::Microblog,
        vec![part(short, media.clone(), 240)],
    );
    bluesky.look.handle = "acme.example".into();
    bluesky.changes = vec![
        change(
            "text",
            ChangeKind::Shortened,
            Some(ALBA),
            Some(short),
            "Bluesky takes 300 graphemes and the text has 412: cut after a whole sentence",
        ),
        change(
            "text",
            ChangeKind::Added,
            None,
            Some("blog.acme.example/alba…"),
            "the link belongs in the text there",
        ),
        change(
            "tags",
            ChangeKind::Moved,
            Some("ceramica, fattoamano"),
            Some("#ceramica #fattoamano"),
            "tags are written out where a network has no field for them",
        ),
    ];
    bluesky.violations = vec![violation(
        "alt-missing",
        Severity::Warn,
        "media[2].alt",
        "this picture has no alternative text: add it in the article",
        None,
    )];

    let thread = [
        "Alba è la tazza che aspettavamo: tornita a mano nel laboratorio di Faenza, smaltata in tre toni presi dal cielo delle sei del mattino. 1/3",
        "Trentadue pezzi, numerati. Ogni tazza tiene il calore per quaranta minuti e va in lavastoviglie; il manico è pensato per due dita, come diceva @nonna 2/3",
        "Da giovedì in negozio e online, con spedizione in carta riciclata. https://blog.acme.example/alba #ceramica 3/3",
    ];
    let mut parts: Vec<Part> = thread
        .iter()
        .map(|text| part(text, Vec::new(), 280))
        .collect();
    parts[0].media = media[..2].to_vec();
    let mut x = variant(&source, "X", "#0f1419", Layout::Microblog, parts);
    x.changes = vec![change(
        "text",
        ChangeKind::Split,
        None,
        None,
        "too long for one post: split into three at the ends of paragraphs",
    )];
    if let Some(composed) = &mut x.composed {
        composed.notes.push(
            "The API of X charges $0.215 for this; without a link it would be $0.045.".into(),
        );
    }

    let mut mastodon = variant(
        &source,
        "Mastodon",
        "#6364ff",
        Layout::Microblog,
        vec![part(ALBA, media[1..2].to_vec(), 500)],
    );
    mastodon.look.handle = "@acme@sociale.example".into();
    mastodon.known = Known::Posted {
        url: Some("https://sociale.example/@acme/1134".into()),
        at: 1_790_334_127_000,
    };

    let mut pin = part(
        "Tornita a mano a Faenza, smaltata in tre toni presi dal cielo delle sei del mattino. Trentadue pezzi, numerati.",
        media[..1].to_vec(),
        500,
    );
    pin.fields = vec![
        field("title", "Alba, la tazza delle sei del mattino"),
        field("link", "https://blog.acme.example/alba"),
        field("board", "Ceramica da tavola"),
    ];
    let pinterest = variant(&source, "Pinterest", "#e60023", Layout::Pin, vec![pin]);

    let mut share = part(
        "Trentadue tazze, tre toni, un laboratorio a Faenza.\n\nAbbiamo chiesto a chi le ha tornite perché il manico è per due dita. #ceramica",
        Vec::new(),
        3000,
    );
    share.card = Some(Card {
        url: "https://blog.acme.example/alba".into(),
        title: "Alba, la tazza delle sei del mattino".into(),
        description: "Trentadue pezzi numerati, torniti a mano.".into(),
        image: Some(media[1].clone()),
    });
    let mut linkedin = variant(
        &source,
        "LinkedIn",
        "#0a66c2",
        Layout::Professional,
        vec![share],
    );
    linkedin.changes = vec![Change {
        rule: "by hand".into(),
        ..change(
            "text",
            ChangeKind::Replaced,
            Some("Alba è la tazza che aspettavamo"),
            Some("Trentadue tazze, tre toni, un laboratorio a Faenza"),
            "written for acme-linkedin at inbox/alba.md:4",
        )
    }];

    let mut mail = part(ALBA, media[..1].to_vec(), 100_000);
    let html = format!(
        "<!DOCTYPE html><html lang=\"it\"><head><style>.b{{padding:12px 24px}}</style></head><body style=\"margin:0;background:#f4f4f4\">\
         <table width=\"100%\"><tr><td align=\"center\" style=\"padding:24px 12px\"><table style=\"width:100%;max-width:600px;background:#fff\">\
         <tr><td style=\"padding:32px;font-family:Arial,sans-serif;line-height:1.5\"><h1>Alba è qui</h1>\
         <img src=\"{{media:0}}\" alt=\"{alt}\" style=\"width:100%\"><p>{}</p><a class=\"b\" href=\"https://blog.acme.example/alba\" \
         style=\"background:#7c3f00;color:#fff\">Leggi tutto</a></td></tr></table></td></tr></table></body></html>",
        ALBA.replace("\n\n", "</p><p>")
    );
    mail.payload = json!({"subject": "Alba è qui", "html": html, "text": ALBA}).to_string();
    mail.fields = vec![
        field("subject", "Alba è qui: 32 tazze, da giovedì"),
        field(
            "preheader",
            "Tornite a mano, smaltate in tre toni del mattino",
        ),
        field("html", &html),
    ];
    let newsletter = variant(&source, "Newsletter", "#7c3f00", Layout::Email, vec![mail]);

    let mut sheet = part(ALBA, media[..2].to_vec(), 1);
    sheet.lengths[0].limit = None;
    sheet.fields = vec![
        field("title", "Alba, la tazza delle sei del mattino"),
        field("link", "https://blog.acme.example/alba"),
        field("tags", "#ceramica #fattoamano"),
    ];
    let handoff = variant(&source, "By hand", "#6b5b3e", Layout::Folder, vec![sheet]);

    let title = "Alba, la tazza delle sei del mattino".into();
    Shown {
        title,
        source,
        variants: vec![
            bluesky, x, mastodon, pinterest, linkedin, newsletter, handoff,
        ],
    }
}

pub(super) async fn repair(blobs: &BlobStore) -> Shown {
    let four = [
        ["#cfe3d4", "#31572c", "#f4d35e"],
        ["#dbe7f0", "#26547c", "#ef476f"],
        ["#f8edeb", "#9d8189", "#f4acb7"],
        ["#eae4e9", "#3d405b", "#e07a5f"],
    ];
    let mut media = Vec::new();
    for (index, colours) in four.into_iter().enumerate() {
        media.push(
            picture(
                blobs,
                (1200, 900 + index as u32),
                colours,
                Some("People at long tables, mending cups with gold lacquer"),
            )
            .await,
        );
    }
    let text = "Bring the cup you could not throw away. Our first repair café opens on Saturday at ten: two potters, gold \
        lacquer, coffee from next door. We mend what can be mended and are honest about the rest. Free, no booking, and \
        the dog may come too. Via dei Mille 12, from ten until the lacquer runs out, which last time was a quarter past four.";
    let mut source = post("repair-2", "A café for broken cups", text, media.clone());
    source.language = Some("en".into());
    let mut x = variant(
        &source,
        "X",
        "#0f1419",
        Layout::Microblog,
        vec![part(text, media.clone(), 280)],
    );
    x.refused = true;
    x.violations = vec![violation(
        "too-long",
        Severity::Refuse,
        "text",
        "text has 338 weighted characters, 58 more than the 280 allowed: shorten it or add a rule such as shorten/fit",
        Some((338, 280)),
    )];
    let mut mastodon = variant(
        &source,
        "Mastodon",
        "#6364ff",
        Layout::Microblog,
        vec![part(text, media[..1].to_vec(), 350)],
    );
    mastodon.known = Known::Open {
        status: EffectStatus::InDoubt,
        why: "the server closed the connection after the request was sent".into(),
    };
    let mut gone = media[0].clone();
    gone.blob = Some(format!("sha256:{}", "0".repeat(64)));
    gone.alt = None;
    let mut bluesky = variant(
        &source,
        "Bluesky",
        "#1185fe",
        Layout::Microblog,
        vec![part(
            "Bring the cup you could not throw away.",
            vec![gone],
            300,
        )],
    );
    bluesky.account = "acme-bluesky-uk".into();
    let mut pinterest = variant(&source, "Pinterest", "#e60023", Layout::Pin, Vec::new());
    pinterest.composed = None;
    pinterest.refused = true;
    pinterest.violations = vec![violation(
        "board-missing",
        Severity::Refuse,
        "board",
        "a pin needs a board: name one in the account’s settings",
        None,
    )];
    Shown {
        title: "A café for broken cups".into(),
        source,
        variants: vec![x, mastodon, bluesky, pinterest],
    }
}

pub(super) async fn others(blobs: &BlobStore) -> Shown {
    let media = vec![
        picture(
            blobs,
            (1080, 1350),
            ["#ffd6ba", "#6d597a", "#fff"],
            Some("A kiln at night"),
        )
        .await,
        picture(
            blobs,
            (1080, 1080),
            ["#bcd4e6", "#355070", "#ffe066"],
            Some("Hands on a wheel"),
        )
        .await,
    ];
    let text = "The kiln is on. Twelve hours up, twenty down, and nobody opens the door before Tuesday. #kiln";
    let source = post("kiln-3", "The kiln is on", text, media.clone());
    let video = Media {
        kind: MediaKind::Video,
        blob: None,
        media_type: "video/mp4".into(),
        bytes: Some(18_400_000),
        width: Some(1920),
        height: Some(1080),
        duration_ms: Some(94_000),
        ..media[0].clone()
    };
    let mut film = part(text, vec![video], 5000);
    film.fields
        .push(field("title", "Twelve hours up, twenty down"));
    let variants = vec![
        variant(
            &source,
            "Photos",
            "#c13584",
            Layout::Photo,
            vec![part(text, media.clone(), 2200)],
        ),
        variant(
            &source,
            "Blog",
            "#21759b",
            Layout::Article,
            vec![part(text, media[..1].to_vec(), 100_000)],
        ),
        variant(
            &source,
            "Channel",
            "#229ed9",
            Layout::Chat,
            vec![
                part(text, media[1..].to_vec(), 1024),
                part(
                    "Next firing: Friday. https://blog.acme.example/kiln",
                    Vec::new(),
                    4096,
                ),
            ],
        ),
        variant(&source, "Films", "#ff0000", Layout::Video, vec![film]),
    ];
    Shown {
        title: "The kiln is on".into(),
        source,
        variants,
    }
}
