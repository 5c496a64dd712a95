//! Figures, interactions and people as the settings say. A figure that the settings leave out is unavailable.

use staffetta_plugin::serde_json::json;
use staffetta_plugin::{
    Account, Actor, Class, Directory, Error, Figure, Inbox, Insights, Interaction, InteractionKind,
    Measurement, Page, Profile, Receipt, Record, Result, Subject, SubjectKind, Traffic, clock,
};

use crate::Guest;
use crate::settings::Settings;

fn figure(
    what: &str,
    kind: SubjectKind,
    id: &str,
    account: &str,
    value: Option<f64>,
) -> Measurement {
    Measurement {
        what: what.into(),
        definition: "1".into(),
        about: Subject {
            kind,
            id: id.into(),
            account: Some(account.into()),
        },
        period: None,
        value: value.map_or_else(
            || Figure::Unavailable("the settings name no figure".into()),
            Figure::Number,
        ),
        unit: "count".into(),
        class: Class::Supplied,
        source: "the account's settings".into(),
        fetched: clock::now(),
        traffic: Traffic::Unknown,
        raw: None,
        notes: Vec::new(),
    }
}

impl Insights for Guest {
    fn of_posts(account: Account, receipts: Vec<Receipt>) -> Result<Vec<Measurement>> {
        let settings = Settings::of(&account)?;
        Ok(receipts
            .iter()
            .map(|r| {
                figure(
                    "likes",
                    SubjectKind::Post,
                    &r.id,
                    &account.name,
                    settings.likes,
                )
            })
            .collect())
    }

    fn of_account(account: Account) -> Result<Vec<Measurement>> {
        let settings = Settings::of(&account)?;
        Ok(vec![figure(
            "followers",
            SubjectKind::Account,
            &account.name,
            &account.name,
            settings.followers,
        )])
    }
}

fn actor(id: &str, handle: &str) -> Actor {
    Actor {
        network: "guest-network".into(),
        id: id.into(),
        handle: Some(handle.into()),
        name: None,
        url: None,
    }
}

impl Inbox for Guest {
    fn fetch(account: Account, cursor: Option<String>, limit: u32) -> Result<Page> {
        let settings = Settings::of(&account)?;
        let from = match cursor {
            Some(text) => text
                .parse::<u32>()
                .map_err(|_| Error::Permanent(format!("{text:?} is not a cursor of this inbox")))?,
            None => 0,
        };
        let all = settings.interactions;
        let to = all.min(from.saturating_add(limit.max(1))).max(from);
        let comment = |n: u32| Interaction {
            account: account.name.clone(),
            id: format!("comment-{n}"),
            kind: InteractionKind::Comment,
            actor: actor(&format!("person-{}", n % 7), &format!("p{}", n % 7)),
            about: Some("post-1".into()),
            text: Some(format!("Comment {n}")),
            language: None,
            url: None,
            at: i64::from(n) * 60_000,
            value: None,
            raw: None,
            extra: "{}".into(),
        };
        Ok(Page {
            records: (from..to)
                .map(|n| Record::Interaction(comment(n)))
                .collect(),
            cursor: Some(to.to_string()),
            more: to < all,
            notes: Vec::new(),
        })
    }
}

impl Directory for Guest {
    fn lookup(account: Account, handle: String) -> Result<Option<Profile>> {
        let settings = Settings::of(&account)?;
        let handle = handle.trim_start_matches('@');
        Ok(settings.people.get(handle).map(|id| Profile {
            actor: actor(id, handle),
            bio: None,
            followers: None,
            following: None,
            posts: None,
            created: None,
            verified: Vec::new(),
            fetched: clock::now(),
            extra: json!({}).to_string(),
        }))
    }
}
