//! Logins. An account's session is kept by the host as two captured secrets; this module uses it, renews it once when a
//! server no longer takes it, and remembers who the account is and which server holds it. It sees no token.

use std::cell::{Cell, RefCell};

use staffetta_plugin::http::{Capture, Content, Encoding};
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Account, Error, Result};

use crate::settings::Settings;
use crate::transport::Transport;
use crate::xrpc::{Answer, Call, header, silence};

/// The secret that a person gives.
const PASSWORD: &str = "app-password";
/// The secrets that a login gives.
const ACCESS: &str = "session.access";
const REFRESH: &str = "session.refresh";
/// Servers of the network's own host company, to which its entry server sends accounts. The manifest asks for them.
const HOSTED: &str = ".bsky.network";

/// Who the account is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    did: String,
    /// The server that holds the account.
    home: String,
}

/// Everything that one call of the plugin needs to talk for one account.
pub struct Client<'t, T: Transport> {
    /// The host.
    pub transport: &'t T,
    /// The account's settings.
    pub settings: Settings,
    account: &'t Account,
    identity: RefCell<Option<Identity>>,
    renewed: Cell<bool>,
}

impl<'t, T: Transport> Client<'t, T> {
    /// Reads the settings and what was remembered; asks nobody.
    ///
    /// # Errors
    /// `invalid-config`.
    pub fn new(transport: &'t T, account: &'t Account) -> Result<Self> {
        let settings = Settings::of(account)?;
        let client = Self {
            transport,
            settings,
            account,
            identity: RefCell::new(None),
            renewed: Cell::new(false),
        };
        let stored = client
            .key()
            .ok()
            .and_then(|key| transport.load(&key))
            .and_then(|t| serde_json::from_str(&t).ok());
        let stored = stored.and_then(|v: Value| {
            let part = |name: &str| v[name].as_str().map(String::from);
            Some(Identity {
                did: part("did")?,
                home: part("home")?,
            })
        });
        let fixed = client.settings.did.clone().map(|did| {
            let home = stored
                .as_ref()
                .filter(|s| s.did == did)
                .map(|s| s.home.clone());
            Identity {
                home: home.unwrap_or_else(|| client.settings.service.clone()),
                did,
            }
        });
        *client.identity.borrow_mut() = fixed.or(stored);
        Ok(client)
    }

    /// The account's DID. Asks for it where it is not known: with the session there is, or by logging in.
    ///
    /// # Errors
    /// As any call.
    pub fn did(&self) -> Result<String> {
        if let Some(identity) = &*self.identity.borrow() {
            return Ok(identity.did.clone());
        }
        if self.transport.secret(ACCESS, Encoding::Raw).is_none() {
            return self.login();
        }
        let call = Call::get("asking who is logged in", "com.atproto.server.getSession");
        let answer = self.authorised(&call)?;
        // A renewal on the way has told it already.
        if let Some(identity) = &*self.identity.borrow() {
            return Ok(identity.did.clone());
        }
        let did = self.expect(&call, answer)?.text(&call, "/did")?;
        self.remember(did, self.settings.service.clone())
    }

    /// Takes a DID that an earlier call of the same publication has found.
    pub fn assume(&self, did: &str) {
        let mut identity = self.identity.borrow_mut();
        if identity.as_ref().is_none_or(|known| known.did != did) {
            *identity = Some(Identity {
                did: did.into(),
                home: self.settings.service.clone(),
            });
        }
    }

    /// Asks the account's server without logging in.
    ///
    /// # Errors
    /// When no answer came.
    pub fn open(&self, call: &Call) -> Result<Answer> {
        self.send(call, &self.home())
    }

    /// Asks the server that knows everybody's posts and profiles, without logging in.
    ///
    /// # Errors
    /// When no answer came.
    pub fn appview(&self, call: &Call) -> Result<Answer> {
        self.send(call, &self.settings.appview)
    }

    /// Asks the account's server as the account. A login that the server no longer takes is renewed once; the refused
    /// call changed nothing, so it is safe to send again.
    ///
    /// # Errors
    /// When no answer came, or the login is refused.
    pub fn authorised(&self, call: &Call) -> Result<Answer> {
        let access = match self.transport.secret(ACCESS, Encoding::Raw) {
            Some(access) => access,
            None => self.renew()?,
        };
        let answer = self.send(&bearer(call, &access), &self.home())?;
        if !answer.login_refused() || self.renewed.get() {
            return Ok(answer);
        }
        let access = self.renew()?;
        self.send(&bearer(call, &access), &self.home())
    }

    /// The answer when it is a success.
    ///
    /// # Errors
    /// What any other answer means.
    pub fn expect(&self, call: &Call, answer: Answer) -> Result<Answer> {
        if answer.ok() {
            Ok(answer)
        } else {
            Err(answer.refusal(call, self.transport.now()))
        }
    }

    fn send(&self, call: &Call, server: &str) -> Result<Answer> {
        let sent = self.transport.send(call.request(server), call.keep);
        let (response, raw) = sent.map_err(|failure| silence(call, failure))?;
        Ok(Answer::read(&response, raw, self.transport.now()))
    }

    fn home(&self) -> String {
        self.identity
            .borrow()
            .as_ref()
            .map_or_else(|| self.settings.service.clone(), |i| i.home.clone())
    }

    /// A new session, by the refresh token where it is still good, else by the password; its access placeholder.
    fn renew(&self) -> Result<String> {
        if !self.refresh()? {
            self.login()?;
        }
        self.renewed.set(true);
        self.transport
            .secret(ACCESS, Encoding::Raw)
            .ok_or_else(|| Error::Temporary("the login gave no session".into()))
    }

    fn refresh(&self) -> Result<bool> {
        let Some(token) = self.transport.secret(REFRESH, Encoding::Raw) else {
            return Ok(false);
        };
        // A procedure without a body: the server refuses even an empty object.
        let mut call = Call::get("renewing the session", "com.atproto.server.refreshSession");
        call.method = "POST";
        call.capture = captures();
        let answer = self.send(&bearer(&call, &token), &self.settings.service)?;
        if !answer.ok() {
            // Too old or taken back: the password decides. Anything else would stop the password as well.
            let gone = answer.login_refused() || answer.status == 400;
            return if gone {
                Ok(false)
            } else {
                Err(answer.refusal(&call, self.transport.now()))
            };
        }
        self.learn(&call, &answer)?;
        Ok(true)
    }

    /// Logs in with the app password; the account's DID.
    fn login(&self) -> Result<String> {
        let password = self
            .transport
            .secret(PASSWORD, Encoding::Json)
            .ok_or_else(|| {
                Error::Auth(format!(
                    "the secret {PASSWORD} of the account {} can't be read: look where staffetta.yaml says that it is",
                    self.account.name
                ))
            })?;
        let identifier = Value::from(self.settings.login(self.account)?);
        // Written by hand, because the placeholder must stand as it is: the host escapes the secret itself.
        let body = format!(r#"{{"identifier":{identifier},"password":"{password}"}}"#);
        let name = "com.atproto.server.createSession";
        let mut call = Call::send("logging in", name, "application/json", Content::Text(body));
        call.capture = captures();
        let answer = self.send(&call, &self.settings.service)?;
        let answer = self.expect(&call, answer)?;
        self.learn(&call, &answer)
    }

    /// Who logged in, and where that account lives.
    fn learn(&self, call: &Call, answer: &Answer) -> Result<String> {
        let did = answer.text(call, "/did")?;
        if let Some(fixed) = self.settings.did.as_ref().filter(|fixed| **fixed != did) {
            return Err(Error::Auth(format!(
                "the login belongs to {did}, but the account is set to {fixed}"
            )));
        }
        let services = answer.json["didDoc"]["service"].as_array();
        let endpoint = services.into_iter().flatten().find_map(|service| {
            let own = service["id"]
                .as_str()
                .is_some_and(|id| id.ends_with("#atproto_pds"));
            service["serviceEndpoint"].as_str().filter(|_| own)
        });
        let home = endpoint
            .filter(|url| hosted(url))
            .map(|url| url.trim_end_matches('/').to_string());
        self.remember(did, home.unwrap_or_else(|| self.settings.service.clone()))
    }

    fn remember(&self, did: String, home: String) -> Result<String> {
        self.transport
            .save(&self.key()?, &json!({"did": did, "home": home}).to_string());
        *self.identity.borrow_mut() = Some(Identity {
            did: did.clone(),
            home,
        });
        Ok(did)
    }

    /// Changes with everything that makes it another account.
    fn key(&self) -> Result<String> {
        Ok(format!(
            "identity {} {}",
            self.settings.service,
            self.settings.login(self.account)?
        ))
    }
}

fn bearer(call: &Call, token: &str) -> Call {
    let mut call = call.clone();
    call.headers
        .push(header("authorization", format!("Bearer {token}")));
    call
}

fn captures() -> Vec<Capture> {
    let capture = |pointer: &str, name: &str| Capture {
        pointer: pointer.into(),
        name: name.into(),
    };
    vec![
        capture("/accessJwt", ACCESS),
        capture("/refreshJwt", REFRESH),
    ]
}

/// True for a server of the hosting company: only there does a login move on from the configured server.
fn hosted(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|host| {
        let host = host.trim_end_matches('/');
        host.ends_with(HOSTED) && !host.contains(['/', '?', '#', '@', ':'])
    })
}
