//! The same way against a real server, by plain HTTP. Skipped, and said so, unless STAFFETTA_TEST_PDS names one that
//! gives accounts to anybody; `fixtures/real-pds.mjs` starts such a server, runs this and reads the posts back with the
//! network's own library from the file that STAFFETTA_TEST_PDS_OUT names.

#![allow(clippy::unwrap_used)]

mod support;

use std::cell::RefCell;
use std::io::Write;

use plugin_bluesky::change::{edit, remove};
use plugin_bluesky::publish::{answered, find, publish};
use plugin_bluesky::session::Client;
use plugin_bluesky::transport::Transport;
use staffetta_plugin::exports::publisher::{Effect, Finding};
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Account, Card, Composed, Error, Media, Mention, Segment};
use support::wire::Wire;
use support::{account, blob_id, compose, picture, post, publish_all};

/// A picture of one dot.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99, 0x3d, 0x1d, 0, 0,
    0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

struct Bench {
    wire: Wire,
    account: Account,
    did: String,
    now: i64,
    out: RefCell<Vec<Value>>,
}

impl Bench {
    fn new(server: &str) -> Self {
        let wire = Wire::default();
        let now = wire.now();
        let handle = format!("acme{}.test", now % 1_000_000_000);
        let made = wire.ask(server, "com.atproto.server.createAccount", None, json!({
            "email": format!("{now}@acme.test"), "handle": handle, "password": "the-main-password",
        }));
        let token = made["accessJwt"].as_str().unwrap();
        let app = wire.ask(
            server,
            "com.atproto.server.createAppPassword",
            Some(token),
            json!({"name": "test"}),
        );
        wire.secrets.borrow_mut().insert(
            "app-password".into(),
            app["password"].as_str().unwrap().into(),
        );
        for file in [PNG.to_vec(), [PNG, b"x"].concat()] {
            wire.files.borrow_mut().insert(blob_id(&file), file);
        }
        wire.names.borrow_mut().clear();
        let account = Account {
            handle: Some(handle),
            ..account(json!({"service": server}))
        };
        Self {
            wire,
            account,
            did: made["did"].as_str().unwrap().into(),
            now,
            out: RefCell::default(),
        }
    }

    fn effect(&self, n: u8) -> Effect {
        Effect {
            key: format!("{n:02x}").repeat(32),
            intended: self.now + i64::from(n),
            attempt: 1,
        }
    }

    fn put(&self, n: u8, composed: &Composed) -> staffetta_plugin::Receipt {
        let (receipt, _) =
            publish_all(&self.wire, &self.account, &self.effect(n), composed).unwrap();
        let uris: Vec<&str> = plugin_bluesky::record::addresses(&receipt);
        let parts: Vec<Value> = composed
            .parts
            .iter()
            .zip(&uris)
            .map(|(part, uri)| {
                let payload: Value = serde_json::from_str(&part.payload).unwrap();
                json!({"uri": uri, "payload": payload, "lengths": part.lengths[0].length})
            })
            .collect();
        self.out.borrow_mut().push(json!(parts));
        receipt
    }

    fn calls(&self, name: &str) -> usize {
        self.wire
            .names
            .borrow()
            .iter()
            .filter(|n| *n == name)
            .count()
    }
}

#[test]
fn a_real_server_takes_what_is_composed() {
    let Ok(server) = std::env::var("STAFFETTA_TEST_PDS") else {
        // Past the test runner, which would keep it to itself.
        let said =
            b"SKIPPED: no real server; set STAFFETTA_TEST_PDS, or run fixtures/real-pds.mjs\n";
        std::io::stderr().write_all(said).unwrap();
        return;
    };
    let bench = Bench::new(&server);
    let (wire, account) = (&bench.wire, &bench.account);

    // Every tricky text that fits, with facets, as the server's own checks take it.
    let texts: Value = serde_json::from_str(include_str!("../fixtures/texts.json")).unwrap();
    for (n, case) in texts.as_array().unwrap().iter().enumerate() {
        let text = case["text"].as_str().unwrap();
        if !text.is_empty() {
            bench.put(u8::try_from(n).unwrap(), &compose(account, &post(text)));
        }
    }

    // Exactly as long as it may be, in graphemes and in bytes; one more is refused by `check` and by the server.
    let family = "👨‍👩‍👧‍👦";
    let single = Account {
        settings: json!({"service": server, "thread": false}).to_string(),
        ..account.clone()
    };
    bench.put(
        60,
        &compose(&single, &post(&format!("{}é", "🇮🇹".repeat(299)))),
    );
    bench.put(61, &compose(&single, &post(&family.repeat(120))));
    for over in [format!("{}ab", "🇮🇹".repeat(299)), family.repeat(121)] {
        let refused = publish(
            wire,
            account,
            &bench.effect(62),
            &compose(&single, &post(&over)),
            None,
        );
        assert!(matches!(refused, Err(Error::Permanent(_))), "{refused:?}");
    }

    // A mention, pictures, a thread with a card and its picture.
    let mut rich =
        post("Ciao @anna, guarda #qui 🎉 https://blog.acme.example/2026/11/un-articolo-lungo?x=1");
    rich.mentions = vec![Mention {
        label: "@anna".into(),
        network: "bluesky".into(),
        handle: account.handle.clone().unwrap(),
        id: Some(bench.did.clone()),
    }];
    rich.media = vec![picture(PNG, Some("un punto rosso"))];
    rich.tags = vec!["crema".into()];
    rich.link = Some("https://blog.acme.example/altro".into());
    let rich = compose(account, &rich);
    let receipt = bench.put(63, &rich);
    bench.put(73, &rich);

    let mut thread = post("");
    let long: String = (1..=30)
        .map(|n| format!("Questa è la frase numero {n} di un testo lungo. "))
        .collect();
    thread.text = long;
    thread.media = vec![picture(&[PNG, b"x"].concat(), Some("un altro punto"))];
    let thumb = picture(PNG, None);
    thread.card = Some(Card {
        url: "https://blog.acme.example/carta".into(),
        title: "Titolo".into(),
        description: "Descrizione".into(),
        image: Some(thumb),
    });
    let thread = compose(account, &thread);
    assert!(thread.parts.len() > 2);
    let whole = bench.put(64, &thread);
    bench.put(74, &thread);

    // One login for all of it. The same call again changes nothing; find says the same.
    assert_eq!(bench.calls("com.atproto.server.createSession"), 1);
    let (again, _) = publish_all(wire, account, &bench.effect(64), &thread).unwrap();
    assert_eq!(again, whole);
    let plain = compose(account, &post("una volta sola"));
    assert_eq!(
        find(wire, account, &bench.effect(65), &plain, None).unwrap(),
        Finding::Absent
    );
    let done = publish(wire, account, &bench.effect(65), &plain, None).unwrap();
    assert_eq!(
        find(wire, account, &bench.effect(65), &plain, None).unwrap(),
        Finding::There(done)
    );
    let other = compose(account, &post("un'altra cosa"));
    let refused = publish(wire, account, &bench.effect(65), &other, None);
    assert!(matches!(refused, Err(Error::Permanent(_))), "{refused:?}");

    // A session that the server does not take is renewed, first by the refresh token, then by the password.
    wire.secrets
        .borrow_mut()
        .insert("session.access".into(), "no.such.token".into());
    publish(wire, account, &bench.effect(66), &plain, None).unwrap();
    assert_eq!(bench.calls("com.atproto.server.refreshSession"), 1);
    assert_eq!(bench.calls("com.atproto.server.createSession"), 1);
    for name in ["session.access", "session.refresh"] {
        wire.secrets
            .borrow_mut()
            .insert(name.into(), "no.such.token".into());
    }
    publish(wire, account, &bench.effect(67), &plain, None).unwrap();
    assert_eq!(bench.calls("com.atproto.server.createSession"), 2);
    // Without the plugin's store the session itself tells whose it is.
    wire.store.borrow_mut().clear();
    assert_eq!(
        Client::new(wire, account).unwrap().did().unwrap(),
        bench.did
    );

    // An answer names parent and root.
    let mut answer = post("risposta");
    answer.reply_to = Some(whole.parts[1].id.clone());
    let client = Client::new(wire, account).unwrap();
    let above = answered(&client, &whole.parts[1].id).unwrap();
    assert_eq!(
        (above.root.uri.as_str(), above.parent.uri.as_str()),
        (whole.id.as_str(), whole.parts[1].id.as_str())
    );
    bench.put(68, &compose(account, &answer));

    // A file that says it is something else.
    let mut lying = post("x");
    lying.media = vec![Media {
        media_type: "image/webp".into(),
        ..picture(PNG, None)
    }];
    let refused = publish(
        wire,
        account,
        &bench.effect(69),
        &compose(account, &lying),
        None,
    );
    assert!(
        matches!(&refused, Err(Error::InvalidContent(v)) if v[0].code == "media-type"),
        "{refused:?}"
    );

    // A video is taken as the lexicon has it.
    let mp4 = [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice(), &[0; 64]].concat();
    wire.files.borrow_mut().insert(blob_id(&mp4), mp4.clone());
    let mut film = post("un film");
    film.media = vec![Media {
        kind: staffetta_plugin::MediaKind::Video,
        media_type: "video/mp4".into(),
        ..picture(&mp4, Some("niente da vedere"))
    }];
    bench.put(70, &compose(account, &film));

    // Editing and taking away.
    let mut short = post("");
    short.thread = vec![
        Segment {
            text: "modificato".into(),
            media: vec![],
        },
        Segment {
            text: "due".into(),
            media: vec![],
        },
    ];
    let edited = edit(wire, account, &whole, &compose(account, &short)).unwrap();
    assert_eq!(
        (edited.parts.len(), edited.id.as_str()),
        (2, whole.id.as_str())
    );
    let longer = edit(wire, account, &receipt, &thread).unwrap();
    assert_eq!(longer.parts.len(), thread.parts.len());
    remove(wire, account, &longer).unwrap();
    remove(wire, account, &longer).unwrap();
    assert!(answered(&client, &longer.id).is_err());

    // A wrong password is for a person.
    let stranger = Wire::default();
    stranger
        .secrets
        .borrow_mut()
        .insert("app-password".into(), "wrong".into());
    let refused = publish(&stranger, account, &bench.effect(71), &plain, None);
    assert!(matches!(refused, Err(Error::Auth(_))), "{refused:?}");

    // The server's own limit of logins: a 429 without Retry-After, whose end stands in another header.
    let mut limited = None;
    for _ in 0..40 {
        let again = Wire::default();
        again
            .secrets
            .borrow_mut()
            .insert("app-password".into(), "wrong".into());
        if let Err(Error::RateLimited(wait)) =
            publish(&again, account, &bench.effect(72), &plain, None)
        {
            limited = Some(wait.until - wire.now());
            break;
        }
    }
    if std::env::var("STAFFETTA_TEST_PDS_LIMITS").is_ok() {
        let left = limited.unwrap();
        assert!((1_000..=300_000).contains(&left), "{left} ms");
    }

    if let Ok(file) = std::env::var("STAFFETTA_TEST_PDS_OUT") {
        let removed = [&receipt.id, &longer.id];
        let result = json!({"did": bench.did, "now": bench.now, "posts": *bench.out.borrow(), "removed": removed,
            "edited": edited.parts.iter().map(|p| &p.id).collect::<Vec<_>>()});
        std::fs::write(file, result.to_string()).unwrap();
    }
}
