//! Publishing in as many steps as the settings say, and finding by asking the server. The behaviours that begin with
//! `sent-` make the change first and fail then: what a crash or a lost answer looks like from inside.

use staffetta_plugin::exports::publisher::{Advance, Continuation, Effect, Finding, Repeat, Terms};
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{
    Account, Composed, Error, PartReceipt, Publisher, Receipt, Request, Result, Severity,
    Violation, Wait, clock,
};

use crate::Guest;
use crate::settings::Settings;

/// One after the last step that is done, so 0 at the start.
fn step(progress: Option<&str>) -> Result<u64> {
    match progress {
        None => Ok(0),
        Some(text) => text
            .parse()
            .map_err(|_| Error::Permanent(format!("{text:?} is no progress of mine"))),
    }
}

/// What a call that did its step answers.
fn answer(
    account: &Account,
    settings: &Settings,
    effect: &Effect,
    composed: &Composed,
    done: u64,
) -> Advance {
    let (name, more) = Settings::split(&settings.publish);
    if name == "again" && done < more {
        return Advance::Again(Continuation {
            progress: (done + 1).to_string(),
            not_before: (settings.wait_ms > 0)
                .then(|| clock::now().saturating_add(settings.wait_ms)),
            note: format!("step {} of {}", done + 1, more + 1),
        });
    }
    let id = effect.key.get(..12).unwrap_or(&effect.key).to_string();
    let url = |id: &str| Some(format!("https://guest.example/{id}"));
    let parts = match composed.parts.len() {
        0 | 1 => Vec::new(),
        many => (0..many)
            .map(|n| PartReceipt {
                id: format!("{id}-{n}"),
                url: url(&format!("{id}-{n}")),
            })
            .collect(),
    };
    Advance::Done(Receipt {
        account: account.name.clone(),
        network: "guest-network".into(),
        url: url(&id),
        id,
        // The time of the intent, so that `publish` and `find` answer the same.
        at: effect.intended,
        parts,
        extra: json!({"key": effect.key}).to_string(),
    })
}

/// The one change of a call.
fn send(settings: &Settings, method: &str, path: &str, body: &Value) -> Result<()> {
    let Some(server) = &settings.server else {
        return Ok(());
    };
    let mut request = Request::new("publishing", method, format!("{server}{path}"))
        .json(body)
        .change();
    if let Some(secret) = &settings.secret {
        request = request.bearer(secret)?;
    }
    request.send().map(|_| ())
}

fn refuse(name: &str, wait_ms: i64) -> Result<()> {
    Err(match name {
        "in-doubt" => Error::InDoubt("no answer came".into()),
        "temporary" => Error::Temporary("the server is busy".into()),
        "permanent" => Error::Permanent("the server refuses it".into()),
        "auth" => Error::Auth("the login has expired".into()),
        "rate-limited" => Error::RateLimited(Wait {
            until: clock::now().saturating_add(wait_ms),
            message: "too many posts".into(),
        }),
        "invalid-content" => Error::InvalidContent(vec![Violation {
            code: "duplicate".into(),
            field: "text".into(),
            message: "this text was posted before".into(),
            severity: Severity::Refuse,
            actual: None,
            limit: None,
            unit: String::new(),
        }]),
        "trap" => std::process::abort(),
        "loop" => loop {
            std::hint::spin_loop();
        },
        _ => return Ok(()),
    })
}

impl Publisher for Guest {
    fn delivery(account: Account) -> Result<Terms> {
        let settings = Settings::of(&account)?;
        let repeat = match Settings::split(&settings.repeat) {
            ("by-key", _) => Repeat::ByKey,
            ("by-key-for", ms) => Repeat::ByKeyFor(ms),
            ("by-reading", _) => Repeat::ByReading,
            _ => Repeat::Never,
        };
        Ok(Terms {
            repeat,
            removable: true,
            editable: true,
        })
    }

    fn publish(
        account: Account,
        effect: Effect,
        composed: Composed,
        progress: Option<String>,
    ) -> Result<Advance> {
        let settings = Settings::of(&account)?;
        let step = step(progress.as_deref())?;
        let (name, times) = Settings::split(&settings.publish);
        // `temporary:2` fails at the first two tries; without a number it always fails.
        let fails = times == 0 || u64::from(effect.attempt) <= times;
        if fails && !name.starts_with("sent-") {
            refuse(name, settings.wait_ms)?;
        }
        let texts: Vec<&str> = composed.parts.iter().map(|p| p.text.as_str()).collect();
        let body = json!({
            "key": effect.key,
            "step": step,
            "attempt": effect.attempt,
            "account": account.name,
            "client": account.client,
            "texts": texts,
            "intended": effect.intended,
        });
        send(&settings, "POST", "/changes", &body)?;
        if let (true, Some(after)) = (fails, name.strip_prefix("sent-")) {
            refuse(after, settings.wait_ms)?;
        }
        Ok(answer(&account, &settings, &effect, &composed, step))
    }

    fn find(
        account: Account,
        effect: Effect,
        composed: Composed,
        progress: Option<String>,
    ) -> Result<Finding> {
        let settings = Settings::of(&account)?;
        let step = step(progress.as_deref())?;
        let there = || Finding::There(answer(&account, &settings, &effect, &composed, step));
        match (settings.find.as_str(), &settings.server) {
            ("there", _) => Ok(there()),
            ("absent", _) => Ok(Finding::Absent),
            ("ask", Some(server)) => {
                let url = format!("{server}/changes/{}/{step}", effect.key);
                let response = Request::new("looking for the post", "GET", url).answer()?;
                Ok(match response.status {
                    200 => there(),
                    404 => Finding::Absent,
                    status => Finding::Unknown(format!("the server answered {status}")),
                })
            }
            _ => Ok(Finding::Unknown("this network cannot tell".into())),
        }
    }

    fn edit(account: Account, receipt: Receipt, composed: Composed) -> Result<Receipt> {
        let settings = Settings::of(&account)?;
        let texts: Vec<&str> = composed.parts.iter().map(|p| p.text.as_str()).collect();
        let path = format!("/posts/{}", receipt.id);
        send(&settings, "PUT", &path, &json!({"texts": texts}))?;
        Ok(receipt)
    }

    fn remove(account: Account, receipt: Receipt) -> Result<()> {
        let settings = Settings::of(&account)?;
        let path = format!("/posts/{}", receipt.id);
        send(&settings, "DELETE", &path, &json!({}))
    }
}
