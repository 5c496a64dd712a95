//! Claims: "intend this effect unless one of its names is known". There is one writer, so nothing can come between the
//! question and the answer.

use super::super::event::Event;
use super::super::state::{EffectState, EffectStatus};
use super::super::store::{Claim, Claimed, Then};
use super::work::{Failed, Work, shape};

impl Work<'_> {
    /// Answers one claim.
    pub(super) fn claim(&mut self, claim: &Claim) -> Result<Claimed, Failed> {
        let intent = &claim.intent;
        let mut known: Option<(u8, String)> = None;
        let mut unknown = Vec::new();
        for name in std::iter::once(&intent.key).chain(&intent.aliases) {
            match self.need_effect(name)? {
                Some(key) => {
                    let rank = self.state.effects.get(&key).map_or(0, |of| rank(of.status));
                    if known.as_ref().is_none_or(|(best, _)| rank > *best) {
                        known = Some((rank, key));
                    }
                }
                None if unknown.contains(name) => {}
                None => unknown.push(name.clone()),
            }
        }
        if let Some((_, key)) = known {
            if !unknown.is_empty() {
                let (key, aliases) = (key.clone(), unknown);
                self.push(Event::EffectAliased { key, aliases }, None)?;
            }
            return self.answer(&key).map(Claimed::Known);
        }

        let key = intent.key.clone();
        let mut intent = intent.clone();
        // An alias that is given twice, or equals the key, is one name.
        intent.aliases = unknown.into_iter().filter(|name| *name != key).collect();
        self.push(Event::EffectIntended(intent), None)?;
        let then = match claim.then.clone() {
            Then::Wait => None,
            Then::Call => Some(Event::EffectCalling { key: key.clone() }),
            Then::Hold(why) => Some(Event::EffectHeld {
                key: key.clone(),
                why,
            }),
            Then::Refuse(reasons) => Some(Event::EffectRefused {
                key: key.clone(),
                reasons,
            }),
        };
        if let Some(event) = then {
            self.push(event, None)?;
        }
        self.answer(&key).map(Claimed::Claimed)
    }

    fn answer(&self, key: &str) -> Result<EffectState, Failed> {
        let found = self.state.effects.get(key).cloned();
        found.ok_or_else(|| shape(self.run, "the effect is not there"))
    }
}

/// How far an effect has come, for a claim whose names belong to several.
fn rank(status: EffectStatus) -> u8 {
    match status {
        EffectStatus::Done => 7,
        EffectStatus::InDoubt => 6,
        EffectStatus::Calling => 5,
        EffectStatus::InProgress => 4,
        EffectStatus::Intended => 3,
        EffectStatus::Held => 2,
        EffectStatus::Failed => 1,
        EffectStatus::Refused => 0,
    }
}
