//! A rule step: hands posts to its plugin in batches, once for each account where the rule works by account, and keeps
//! what it changed and why.

use super::step::{Input, StepEnd, StepError, StepRun, own_blobs};
use crate::contract::exports::rule::{Adapted, Outcome, Subject};
use crate::contract::types::{Change, Json, Post, Record, Variant, Violation};
use crate::engine::Instance;
use crate::journal::{Failure, FailureKind};
use crate::plugin::manifest::Per;

/// Subjects of one call at most.
const BATCH: usize = 1000;

/// What a rule works on and for.
pub struct Rule<'a> {
    /// `plugin/operation`, for the changes that it makes.
    pub name: &'a str,
    /// The plugin's operation.
    pub operation: &'a str,
    /// Its configuration.
    pub config: &'a Json,
    /// Whether it works on each post or on each account's.
    pub per: Per,
    /// Accounts and networks that the posts are for.
    pub accounts: &'a [(String, String)],
}

/// What was said of a subject before this rule.
pub struct Before {
    network: String,
    changes: Vec<Change>,
    warnings: Vec<Violation>,
}

/// Applies the rule to page after page, from page `from` on.
pub(super) async fn run(
    step: &StepRun<'_>,
    mut instance: Instance,
    rule: &Rule<'_>,
    input: &Input<'_>,
    from: u32,
    mut count: u64,
) -> Result<StepEnd, StepError> {
    for page in from..input.pages() {
        step.go_on()?;
        let records = step.read(input, page).await?;
        instance.state().next_page();
        instance.state().show_records(&records);
        let (subjects, before, mut out) = rule.subjects(records);
        let mut outcomes = Vec::with_capacity(subjects.len());
        for batch in subjects.chunks(BATCH) {
            outcomes.extend(apply(step, &mut instance, rule, batch).await?);
        }
        for ((subject, before), outcome) in subjects.into_iter().zip(before).zip(outcomes) {
            rule.take(subject, before, outcome, &mut out);
        }
        count += out.len() as u64;
        step.write(page, &out, None).await?;
        step.told(count);
    }
    let plugin = instance.state().context.plugin.clone();
    let kv = step.kv(&plugin, instance.state().take_changes());
    Ok(StepEnd {
        count,
        kv,
        ..StepEnd::default()
    })
}

async fn apply(
    step: &StepRun<'_>,
    instance: &mut Instance,
    rule: &Rule<'_>,
    batch: &[Subject],
) -> Result<Vec<Outcome>, StepError> {
    let mut tried = 0;
    loop {
        match instance.apply(rule.operation, rule.config, batch).await {
            Ok(outcomes) if outcomes.len() == batch.len() => {
                let lists = outcomes.iter().filter_map(|outcome| match outcome {
                    Outcome::Posts(list) => Some(list),
                    Outcome::Refused(_) => None,
                });
                for adapted in lists.flatten() {
                    own_blobs(instance.state(), &adapted.post)?;
                }
                return Ok(outcomes);
            }
            Ok(outcomes) => {
                return Err(StepError::Failed(Failure {
                    kind: FailureKind::Permanent,
                    message: format!(
                        "the plugin answered {} outcomes for {} posts",
                        outcomes.len(),
                        batch.len()
                    ),
                }));
            }
            Err(error) => {
                tried += 1;
                step.again(error, tried).await?;
            }
        }
    }
}

impl Rule<'_> {
    /// The subjects of a page, what was said of each before, and the records that the rule does not touch.
    #[must_use]
    pub fn subjects(&self, records: Vec<Record>) -> (Vec<Subject>, Vec<Before>, Vec<Record>) {
        let mut subjects = Vec::with_capacity(records.len());
        let mut before = Vec::with_capacity(records.len());
        let mut rest = Vec::new();
        let nothing = |network: &str| Before {
            network: network.into(),
            changes: Vec::new(),
            warnings: Vec::new(),
        };
        for record in records {
            match record {
                Record::Post(post) if self.per == Per::Account => {
                    for (account, network) in self.accounts {
                        subjects.push(Subject {
                            post: post.clone(),
                            account: Some(account.clone()),
                        });
                        before.push(nothing(network));
                    }
                }
                Record::Post(post) => {
                    subjects.push(Subject {
                        post,
                        account: None,
                    });
                    before.push(nothing(""));
                }
                Record::Adapted(variant) => {
                    subjects.push(Subject {
                        post: variant.post,
                        account: Some(variant.account),
                    });
                    before.push(Before {
                        network: variant.network,
                        changes: variant.changes,
                        warnings: variant.warnings,
                    });
                }
                other => rest.push(other),
            }
        }
        (subjects, before, rest)
    }

    /// Turns an outcome into records. What a person must see (a change, a warning, a refusal) needs an account to show
    /// it under, so a post for all of them is told for each.
    pub fn take(&self, subject: Subject, before: Before, outcome: Outcome, out: &mut Vec<Record>) {
        match outcome {
            Outcome::Refused(violations) => {
                self.put(
                    &subject,
                    &before,
                    subject.post.clone(),
                    Vec::new(),
                    violations,
                    out,
                );
            }
            Outcome::Posts(list) => {
                let several = list.len() > 1;
                for (number, adapted) in list.into_iter().enumerate() {
                    let Adapted {
                        mut post,
                        changes,
                        warnings,
                    } = adapted;
                    // What a post is stays the source's to say: a rule can't make it new, to go out again.
                    post.origin = subject.post.origin.clone();
                    if several {
                        post.origin.item = format!("{}#{}", post.origin.item, number + 1);
                        post.origin.url = None;
                    }
                    self.put(&subject, &before, post, changes, warnings, out);
                }
            }
        }
    }

    fn put(
        &self,
        subject: &Subject,
        before: &Before,
        post: Post,
        mut changes: Vec<Change>,
        warnings: Vec<Violation>,
        out: &mut Vec<Record>,
    ) {
        for change in &mut changes {
            change.rule = self.name.into();
        }
        let variant = |account: &str, network: &str, post: Post| {
            Record::Adapted(Variant {
                account: account.into(),
                network: network.into(),
                post,
                changes: before.changes.iter().chain(&changes).cloned().collect(),
                warnings: before.warnings.iter().chain(&warnings).cloned().collect(),
            })
        };
        match &subject.account {
            Some(account) => out.push(variant(account, &before.network, post)),
            None if changes.is_empty() && warnings.is_empty() => out.push(Record::Post(post)),
            None => out.extend(
                self.accounts
                    .iter()
                    .map(|(account, network)| variant(account, network, post.clone())),
            ),
        }
    }
}
