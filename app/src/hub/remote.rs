//! Asking the hub. The access token goes to the hub's own address and nowhere else: where the hub
//! sends a download on to another origin, the browser leaves the token out.

use js_sys::JsString;
use leptos::prelude::{location, window};
use temper_protocol::Failure;
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Headers, RequestCache, RequestInit, Response, Url, UrlSearchParams};

use super::address;
use super::choose::Package;
use super::id::RepoId;
use super::listing::{Listing, RemoteFile};
use super::range::{self, Body};
use super::shape::Shape;
use super::trouble::{Answer, Trouble, no_answer, refused};
use crate::js::settle;

/// The hub, as somebody with or without a token.
pub struct Remote {
    base: String,
    token: Option<String>,
}

impl Remote {
    /// The hub that the page's address names, else Hugging Face's.
    pub fn new(token: &str) -> Self {
        let token = token.trim();
        Self { base: base(), token: (!token.is_empty()).then(|| token.to_string()) }
    }

    /// What it says of a repository.
    ///
    /// # Errors
    /// There is none, it is gated or private, or there is no network.
    pub async fn listing(&self, id: &RepoId) -> Result<Listing, Failure> {
        let text = self.text(&address::listing(&self.base, id), &id.path()).await?;
        Listing::read(&text, id)
    }

    /// The model's widths, where its `config.json` is there and may be read.
    pub async fn shape(&self, listing: &Listing) -> Option<Shape> {
        let file = listing.find("config.json")?;
        let url = address::file(&self.base, &listing.id, &listing.commit, &file.name);
        Shape::read(&self.text(&url, &listing.id).await.ok()?)
    }

    async fn text(&self, url: &str, id: &str) -> Result<String, Failure> {
        let failed = |thrown: JsValue| no_answer(&thrown);
        let response = self.get(url, None, None).await.map_err(failed)?;
        if !response.ok() {
            return Err(refused(&self.answer(&response, id)));
        }
        let text: JsString = settle(response.text().map_err(failed)?).await.map_err(failed)?;
        Ok(String::from(text))
    }

    /// Begins to fetch a file, from the byte on up to which it is there.
    ///
    /// # Errors
    /// No network, or a refusal.
    pub async fn file(
        &self,
        package: &Package,
        file: &RemoteFile,
        have: u64,
        signal: &AbortSignal,
    ) -> Result<(Response, Body), Trouble> {
        let url = address::file(&self.base, &package.id, &package.commit, &file.name);
        let wanted = range::rest_from(have);
        let response = self.get(&url, wanted.as_deref(), Some(signal)).await;
        let response = response.map_err(|thrown| Trouble::of_network(&thrown))?;
        let content_range = response.headers().get("Content-Range").ok().flatten();
        match range::body(response.status(), have, content_range.as_deref()) {
            Body::Refused => Err(Trouble::of_answer(&self.answer(&response, &package.id))),
            body => Ok((response, body)),
        }
    }

    async fn get(
        &self,
        url: &str,
        range: Option<&str>,
        signal: Option<&AbortSignal>,
    ) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        if let Some(token) = &self.token {
            headers.set("Authorization", &format!("Bearer {token}"))?;
        }
        if let Some(range) = range {
            headers.set("Range", range)?;
        }
        let init = RequestInit::new();
        init.set_headers_headers(&headers);
        // The hub needn't know which page asks.
        init.set_referrer("");
        if signal.is_some() {
            // What is kept here needn't be in the browser's cache too.
            init.set_cache(RequestCache::NoStore);
            init.set_signal(signal);
        }
        settle(window().fetch_with_str_and_init(url, &init)).await
    }

    fn answer<'a>(&self, response: &Response, id: &'a str) -> Answer<'a> {
        Answer {
            status: response.status(),
            code: response.headers().get("X-Error-Code").ok().flatten(),
            id,
            token: self.token.is_some(),
        }
    }
}

/// Where the hub is. `?hub=./mirror` in the page's address names another: a mirror, or a test's.
pub fn base() -> String {
    let search = location().search().unwrap_or_default();
    let params = UrlSearchParams::new_with_str(&search).ok();
    let named = params.and_then(|params| params.get("hub")).filter(|named| !named.is_empty());
    let named = named.and_then(|named| {
        let page = location().href().ok()?;
        Some(Url::new_with_base(&named, &page).ok()?.href())
    });
    match named {
        Some(url) => url.trim_end_matches('/').to_string(),
        None => address::HUB.to_string(),
    }
}
