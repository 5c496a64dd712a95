//! The imports that the contract declares and this host does not serve yet: web sockets, mail, signatures. A plugin
//! that asks for one links and runs; the call itself is denied with that reason.

use wasmtime::component::Resource;

use super::HostState;
use crate::contract::imports::{http, mail, sign, websocket};

/// A web socket. None is ever made.
#[derive(Debug)]
pub enum Connection {}

fn not_served(what: &str) -> http::Failure {
    http::Failure::Denied(format!("this version of the host does not serve `{what}`"))
}

impl websocket::Host for HostState {}

impl websocket::HostConnection for HostState {
    async fn open(
        &mut self,
        _url: String,
        _headers: Vec<http::Header>,
        _timeout_ms: u32,
    ) -> wasmtime::Result<Result<Resource<Connection>, http::Failure>> {
        self.enter()?;
        Ok(Err(not_served("websocket")))
    }

    async fn send(
        &mut self,
        _this: Resource<Connection>,
        _message: websocket::Message,
    ) -> wasmtime::Result<Result<(), http::Failure>> {
        Ok(Err(not_served("websocket")))
    }

    async fn receive(
        &mut self,
        _this: Resource<Connection>,
        _timeout_ms: u32,
    ) -> wasmtime::Result<Result<Option<websocket::Message>, http::Failure>> {
        Ok(Err(not_served("websocket")))
    }

    async fn drop(&mut self, this: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl mail::Host for HostState {
    async fn send(
        &mut self,
        _message: mail::Message,
    ) -> wasmtime::Result<Result<String, http::Failure>> {
        self.enter()?;
        Ok(Err(not_served("mail")))
    }
}

impl sign::Host for HostState {
    async fn sign(
        &mut self,
        _algorithm: sign::Algorithm,
        _key: sign::Key,
        _message: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, http::Failure>> {
        self.enter()?;
        Ok(Err(not_served("sign")))
    }

    async fn public_key(
        &mut self,
        _algorithm: sign::Algorithm,
        _key: sign::Key,
    ) -> wasmtime::Result<Result<Vec<u8>, http::Failure>> {
        self.enter()?;
        Ok(Err(not_served("sign")))
    }
}
