//! What comes out of small streams, and that neither order nor number of the records changes it.

use staffetta_plugin::{
    Cell, Class, Figure, Measurement, Receipt, Record, Subject, SubjectKind, Table, Traffic,
};

use crate::report::report;
use crate::tally::{Config, Tally};

fn receipt(account: &str, network: &str, id: &str, extra: &str) -> Record {
    Record::Receipt(Receipt {
        account: account.into(),
        network: network.into(),
        id: id.into(),
        url: None,
        at: 0,
        parts: Vec::new(),
        extra: extra.into(),
    })
}

fn figure(
    account: &str,
    post: Option<&str>,
    what: &str,
    value: Figure,
    fetched: i64,
) -> Measurement {
    Measurement {
        what: what.into(),
        definition: "1".into(),
        about: Subject {
            kind: if post.is_some() {
                SubjectKind::Post
            } else {
                SubjectKind::Account
            },
            id: post.unwrap_or(account).into(),
            account: Some(account.into()),
        },
        period: None,
        value,
        unit: "count".into(),
        class: Class::Supplied,
        source: "test".into(),
        fetched,
        traffic: Traffic::Organic,
        raw: None,
        notes: Vec::new(),
    }
}

fn number(account: &str, post: Option<&str>, what: &str, value: f64) -> Record {
    Record::Measurement(figure(account, post, what, Figure::Number(value), 5))
}

fn unknown(account: &str, post: &str, what: &str, why: &str) -> Record {
    Record::Measurement(figure(
        account,
        Some(post),
        what,
        Figure::Unavailable(why.into()),
        5,
    ))
}

fn compute(records: &[Record]) -> (Vec<Measurement>, Table) {
    let config = Config {
        engagements: ["likes", "reposts", "replies"].map(String::from).into(),
    };
    let mut tally = Tally::new(&config);
    records.iter().for_each(|record| tally.add(record));
    let mut out = report(&tally, 99);
    let Some(Record::Table(table)) = out.pop() else {
        panic!("the table is last")
    };
    let measurements = out
        .into_iter()
        .map(|record| match record {
            Record::Measurement(measurement) => measurement,
            other => panic!("{other:?}"),
        })
        .collect();
    (measurements, table)
}

fn stream() -> Vec<Record> {
    vec![
        receipt("a", "bluesky", "1", "{}"),
        receipt("a", "bluesky", "2", "{}"),
        number("a", Some("1"), "likes", 10.0),
        number("a", Some("1"), "reposts", 2.0),
        unknown("a", "1", "replies", "not supplied"),
        number("a", Some("2"), "likes", 6.0),
        number("a", Some("2"), "reposts", 0.0),
        number("a", Some("2"), "impressions", 5000.0),
        unknown("a", "2", "replies", "not supplied"),
        number("a", None, "followers", 900.0),
    ]
}

#[test]
fn engagements_and_their_rate() {
    let (out, table) = compute(&stream());
    let values: Vec<_> = out
        .iter()
        .map(|m| (m.what.as_str(), &m.value, m.unit.as_str(), m.class))
        .collect();
    assert_eq!(
        values,
        [
            ("posts", &Figure::Number(2.0), "count", Class::Counted),
            (
                "engagements",
                &Figure::Number(18.0),
                "count",
                Class::Derived
            ),
            // 18 engagements of 2 posts, 900 followers.
            (
                "er-by-followers",
                &Figure::Number(0.01),
                "ratio",
                Class::Derived
            ),
        ]
    );
    assert_eq!(
        out[1].notes,
        [
            "without replies: not supplied",
            "900 followers when read, not when posted",
            "worst input: supplied"
        ]
    );
    assert!(
        out.iter()
            .all(|m| m.fetched == 99 && m.definition == "1" && m.source == "engagement/compute 1")
    );
    assert_eq!(out[1].traffic, Traffic::Organic);
    assert_eq!(
        table
            .columns
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        [
            "account",
            "network",
            "posts",
            "engagements",
            "er-by-followers",
            "note"
        ]
    );
    assert_eq!(
        table.rows[0][..5],
        [
            Cell::Text("a".into()),
            Cell::Text("bluesky".into()),
            Cell::Number(2.0),
            Cell::Number(18.0),
            Cell::Number(0.01)
        ]
    );
}

#[test]
fn what_is_not_known_is_unavailable_and_never_0() {
    let cases = [
        (
            vec![receipt("h", "handoff", "1", r#"{"state":"handed-over"}"#)],
            "nobody has reported figures yet",
        ),
        (
            vec![receipt("h", "linkedin", "1", r#"{"state":"handed-over"}"#)],
            "nobody has reported figures yet",
        ),
        (
            vec![receipt("h", "x", "1", "{}")],
            "no figures were given to this step",
        ),
        (
            vec![
                receipt("h", "x", "1", "{}"),
                unknown("h", "1", "likes", "older than 30 days"),
            ],
            "older than 30 days",
        ),
        (
            vec![
                receipt("h", "x", "1", "{}"),
                number("h", Some("1"), "likes", f64::NAN),
            ],
            "NaN is no count",
        ),
    ];
    for (records, why) in cases {
        let (out, table) = compute(&records);
        assert_eq!(out[0].value, Figure::Number(1.0));
        assert_eq!(out[1].value, Figure::Unavailable(why.into()));
        assert_eq!(out[2].value, Figure::Unavailable(why.into()));
        assert_eq!(table.rows[0][3..5], [Cell::Empty, Cell::Empty]);
        let Cell::Text(note) = &table.rows[0][5] else {
            panic!("a note")
        };
        assert!(
            note.starts_with(&format!("engagements unavailable: {why}")),
            "{note}"
        );
    }
}

#[test]
fn a_number_0_is_a_number() {
    let (out, _) = compute(&[
        receipt("a", "x", "1", "{}"),
        number("a", Some("1"), "likes", 0.0),
        number("a", None, "followers", 10.0),
    ]);
    assert_eq!(
        (&out[1].value, &out[2].value),
        (&Figure::Number(0.0), &Figure::Number(0.0))
    );
}

#[test]
fn no_followers_no_rate() {
    let likes = || {
        vec![
            receipt("a", "x", "1", "{}"),
            number("a", Some("1"), "likes", 4.0),
        ]
    };
    let rate = |more: Option<Record>| {
        let mut records = likes();
        records.extend(more);
        match compute(&records).0[2].value.clone() {
            Figure::Unavailable(why) => why,
            Figure::Number(n) => panic!("{n}"),
        }
    };
    assert_eq!(
        rate(None),
        "the number of followers was not given to this step"
    );
    assert_eq!(
        rate(Some(number("a", None, "followers", 0.0))),
        "there are no followers to divide by"
    );
}

#[test]
fn order_makes_no_difference() {
    let mut records = stream();
    records.push(Record::Measurement(figure(
        "a",
        None,
        "followers",
        Figure::Unavailable("timeout".into()),
        50,
    )));
    records.push(Record::Measurement(figure(
        "a",
        None,
        "followers",
        Figure::Number(100.0),
        1,
    )));
    records.push(unknown("a", "3", "likes", "another reason"));
    let expected = compute(&records);
    assert_eq!(
        expected.0[2].value,
        Figure::Number(0.01),
        "the newest known followers count"
    );
    for shift in 0..records.len() {
        records.rotate_left(1);
        assert_eq!(compute(&records), expected, "shifted by {}", shift + 1);
        let backwards: Vec<Record> = records.iter().rev().cloned().collect();
        assert_eq!(compute(&backwards), expected);
    }
}

#[test]
fn a_total_of_the_network_is_not_added_to_its_parts() {
    let (out, _) = compute(&[
        number("a", Some("1"), "engagements", 7.0),
        number("a", Some("1"), "likes", 5.0),
    ]);
    assert_eq!(out[1].value, Figure::Number(7.0));
}

#[test]
fn two_definitions_have_no_sum() {
    let mut second = figure("a", Some("2"), "likes", Figure::Number(1.0), 5);
    second.definition = "2".into();
    let (out, _) = compute(&[
        number("a", Some("1"), "likes", 5.0),
        Record::Measurement(second),
    ]);
    assert!(matches!(&out[1].value, Figure::Unavailable(why) if why.contains("two versions")));
}

#[test]
fn the_worst_input_decides() {
    let mut guess = figure(
        "a",
        Some("2"),
        "likes",
        Figure::Number(1.0),
        5 + 3 * 24 * 60 * 60 * 1000,
    );
    guess.class = Class::Estimated;
    guess.traffic = Traffic::Paid;
    let (out, _) = compute(&[
        number("a", Some("1"), "likes", 5.0),
        Record::Measurement(guess),
    ]);
    assert_eq!(
        (out[1].class, out[1].traffic),
        (Class::Estimated, Traffic::Both)
    );
    assert!(out[1].notes.contains(&"worst input: estimated".to_string()));
    assert!(
        out[1]
            .notes
            .contains(&"inputs were read over 3 days".to_string())
    );
}

#[test]
fn accounts_are_never_mixed_and_memory_does_not_grow() {
    let config = Config {
        engagements: vec!["likes".into()],
    };
    let mut tally = Tally::new(&config);
    for n in 0..20_000 {
        let account = if n % 2 == 0 { "a" } else { "b" };
        tally.add(&number(account, Some(&n.to_string()), "likes", 1.0));
        tally.add(&number(
            account,
            Some(&n.to_string()),
            &format!("other-{n}"),
            1.0,
        ));
    }
    assert_eq!(tally.accounts.len(), 2);
    for account in tally.accounts.values() {
        assert_eq!(account.sums.len(), 1);
        assert_eq!(
            account
                .engagements()
                .map(|(total, posts, _)| (total, posts)),
            Ok((10_000.0, 10_000))
        );
    }
}

#[test]
fn nothing_gives_an_empty_table() {
    let (out, table) = compute(&[]);
    assert!(out.is_empty() && table.rows.is_empty());
}
