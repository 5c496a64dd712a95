//! What is known of one account: sums, counts and the worst of what went into them. No figure is kept by itself, so the
//! order and the batches of the records make no difference.

use std::collections::BTreeMap;

use staffetta_plugin::{Class, Figure, Measurement, Receipt, SubjectKind, Traffic, Variant};

/// The name of a figure that a network gives as a total of its own.
const TOTAL: &str = "engagements";

/// The name of the denominator.
const FOLLOWERS: &str = "followers";

/// The sum of one figure over posts.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Of those that have a number.
    pub total: f64,
    /// How many have one.
    pub known: u64,
    /// How many have none.
    pub unknown: u64,
    /// Why the alphabetically first of them has none.
    pub reason: Option<String>,
    definition: String,
    /// Two versions of the definition came: two series, which have no sum.
    pub mixed: bool,
}

/// The newest number of followers.
#[derive(Debug, Clone, PartialEq)]
pub struct Followers {
    /// The figure, or why there is none.
    pub value: Figure,
    /// When it was read.
    pub fetched: i64,
}

/// One account so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// The network, where a record told it.
    pub network: Option<String>,
    /// Receipts: posts that were put out.
    pub posts: u64,
    /// Variants: posts that were prepared.
    pub prepared: u64,
    /// Receipts of posts that wait for a person to post them.
    pub handed_over: u64,
    /// By the figure's name; at most as many as the configuration names.
    pub sums: BTreeMap<String, Sum>,
    /// None: no measurement of them came.
    pub followers: Option<Followers>,
    /// The worst class of the inputs.
    pub worst: Option<Class>,
    /// Of the inputs together; none before the first.
    pub traffic: Option<Traffic>,
    /// When the oldest and the newest input was read.
    pub fetched: Option<(i64, i64)>,
}

impl Account {
    /// A post that was put out.
    pub fn receipt(&mut self, receipt: &Receipt) {
        self.posts += 1;
        self.network.get_or_insert_with(|| receipt.network.clone());
        let state = staffetta_plugin::serde_json::from_str::<staffetta_plugin::serde_json::Value>(
            &receipt.extra,
        )
        .ok()
        .and_then(|extra| extra.get("state")?.as_str().map(String::from));
        if state.as_deref() == Some("handed-over") {
            self.handed_over += 1;
        }
    }

    /// A post that was prepared.
    pub fn variant(&mut self, variant: &Variant) {
        self.prepared += 1;
        self.network.get_or_insert_with(|| variant.network.clone());
    }

    /// A figure: an engagement of a post if it is among `names`, or the account's followers. Others are passed over.
    pub fn measurement(&mut self, measurement: &Measurement, names: &[String]) {
        let what = measurement.what.as_str();
        match measurement.about.kind {
            SubjectKind::Post if what == TOTAL || names.iter().any(|name| name == what) => {
                self.engagement(measurement)
            }
            SubjectKind::Account if what == FOLLOWERS => self.follow(measurement),
            _ => {}
        }
    }

    fn engagement(&mut self, measurement: &Measurement) {
        let sum = self
            .sums
            .entry(measurement.what.clone())
            .or_insert_with(|| Sum {
                total: 0.0,
                known: 0,
                unknown: 0,
                reason: None,
                definition: measurement.definition.clone(),
                mixed: false,
            });
        sum.mixed |= sum.definition != measurement.definition;
        match number(&measurement.value) {
            Ok(value) => {
                sum.total += value;
                sum.known += 1;
                self.used(measurement);
            }
            Err(why) => {
                sum.unknown += 1;
                // The first by the alphabet and not by arrival.
                if sum.reason.as_ref().is_none_or(|reason| why < *reason) {
                    sum.reason = Some(why);
                }
            }
        }
    }

    fn follow(&mut self, measurement: &Measurement) {
        let value = match number(&measurement.value) {
            Ok(value) => Figure::Number(value),
            Err(why) => Figure::Unavailable(why),
        };
        let known = |figure: &Figure| matches!(figure, Figure::Number(_));
        // The newest that is a number; a later failure to read it does not make it unknown.
        let better = self.followers.as_ref().is_none_or(|old| {
            (known(&value), measurement.fetched) > (known(&old.value), old.fetched)
        });
        if known(&value) {
            self.used(measurement);
        }
        if better {
            self.followers = Some(Followers {
                value,
                fetched: measurement.fetched,
            });
        }
    }

    fn used(&mut self, measurement: &Measurement) {
        let worse = |class: Class| match class {
            Class::Supplied => 0,
            Class::Counted => 1,
            Class::Derived => 2,
            Class::Estimated => 3,
        };
        if self
            .worst
            .is_none_or(|worst| worse(measurement.class) > worse(worst))
        {
            self.worst = Some(measurement.class);
        }
        self.traffic = Some(match (self.traffic, measurement.traffic) {
            (None, traffic) => traffic,
            (Some(old), new) if old == new => old,
            (Some(Traffic::Unknown), _) | (_, Traffic::Unknown) => Traffic::Unknown,
            _ => Traffic::Both,
        });
        let at = measurement.fetched;
        let (oldest, newest) = self.fetched.unwrap_or((at, at));
        self.fetched = Some((oldest.min(at), newest.max(at)));
    }

    /// All engagements, with the number of posts that have figures and what a reader must know; or why there is no sum.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn engagements(&self) -> Result<(f64, u64, Vec<String>), String> {
        if let Some((name, _)) = self.sums.iter().find(|(_, sum)| sum.mixed) {
            return Err(format!(
                "{name} came in two versions of its definition, which have no sum"
            ));
        }
        // A total that the network gives holds its parts: adding both would count twice.
        let total = self.sums.get(TOTAL).filter(|sum| sum.known > 0);
        let used: Vec<(&String, &Sum)> = match total {
            Some(_) => self
                .sums
                .iter()
                .filter(|(name, _)| *name == TOTAL)
                .collect(),
            None => self
                .sums
                .iter()
                .filter(|(name, _)| *name != TOTAL)
                .collect(),
        };
        let measured = used.iter().map(|(_, sum)| sum.known).max().unwrap_or(0);
        if measured == 0 {
            return Err(self.why_none());
        }
        let mut notes = Vec::new();
        for (name, sum) in &used {
            if sum.unknown > 0 {
                let reason = sum.reason.as_deref().unwrap_or("no reason given");
                notes.push(match sum.known {
                    0 => format!("without {name}: {reason}"),
                    _ => format!("{name} of {} posts only: {reason}", sum.known),
                });
            }
        }
        if measured < self.posts {
            notes.push(format!("figures of {measured} of {} posts", self.posts));
        } else if self.posts > 0 && measured > self.posts {
            notes.push(format!(
                "figures of {measured} posts, {} of them put out here",
                self.posts
            ));
        }
        Ok((used.iter().map(|(_, sum)| sum.total).sum(), measured, notes))
    }

    fn why_none(&self) -> String {
        let told = self.sums.values().find_map(|sum| sum.reason.clone());
        told.unwrap_or_else(|| {
            let by_hand = self.handed_over > 0 || self.network.as_deref() == Some("handoff");
            if by_hand {
                "nobody has reported figures yet".into()
            } else if self.posts == 0 && self.sums.is_empty() {
                "no post was put out and no figures were given to this step".into()
            } else {
                "no figures were given to this step".into()
            }
        })
    }
}

/// A number that can be added; anything else is unknown, and never 0.
fn number(figure: &Figure) -> Result<f64, String> {
    match figure {
        Figure::Number(value) if value.is_finite() && *value >= 0.0 => Ok(*value),
        Figure::Number(value) => Err(format!("{value} is no count")),
        Figure::Unavailable(why) => Err(why.clone()),
    }
}
