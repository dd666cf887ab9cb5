//! A request becomes an answer: which file, in which form, how much of it, or why not.

use std::borrow::Cow;

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE, VARY,
};
use hyper::{Method, Request, Response, StatusCode, Version};

use crate::body::Body;
use crate::etag;
use crate::negotiate::{self, Coding};
use crate::path;
use crate::range::{self, Asked};
use crate::site::{Entry, Found, Site};

/// Where the server says that it is well, and where pages find values of the environment.
const HEALTH: &str = "/healthz";
const SCRIPT: &str = "/env.js";

/// The answer to a request, whose own body is not looked at.
pub(crate) fn answer<B>(site: &Site, request: &Request<B>) -> Response<Body> {
    let asked = Ask { site, headers: request.headers(), head: request.method() == Method::HEAD };
    if request.version() == Version::HTTP_11 && request.headers().get_all(HOST).iter().count() != 1 {
        return asked.say(StatusCode::BAD_REQUEST, "a request says once which host it is for\n");
    }
    if !asked.head && request.method() != Method::GET {
        let mut answer = asked.say(StatusCode::METHOD_NOT_ALLOWED, "files can be read, with GET and HEAD\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let Some(path) = path::decode(request.uri().path()) else {
        return asked.say(StatusCode::BAD_REQUEST, "this is not the path of a page\n");
    };
    match (path.as_str(), &site.script) {
        (HEALTH, _) => return asked.say(StatusCode::OK, "ok\n"),
        (SCRIPT, Some(script)) => return asked.made(StatusCode::OK, "text/javascript; charset=utf-8", script.clone()),
        _ => {}
    }
    let (accept, destination) = (asked.text(&ACCEPT), asked.text(&HeaderName::from_static("sec-fetch-dest")));
    let (accept, destination) = (accept.as_deref(), destination.as_deref());
    let mut answer = match site.find(&path, negotiate::navigates(accept, destination)) {
        Found::File(file) => return asked.file(site.entry(file), StatusCode::OK),
        Found::Elsewhere(place) => return asked.elsewhere(&place, request.uri().query()),
        Found::Fallback(page) => asked.file(site.entry(page), StatusCode::OK),
        Found::Nothing(Some(page)) if negotiate::reads_pages(accept, destination) => asked.file(site.entry(page), StatusCode::NOT_FOUND),
        Found::Nothing(_) => asked.say(StatusCode::NOT_FOUND, "there is no such page\n"),
    };
    if site.depends() {
        answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding, Accept, Sec-Fetch-Dest"));
    }
    answer
}

/// Who asks for what.
struct Ask<'a> {
    site: &'a Site,
    headers: &'a HeaderMap,
    head: bool,
}

impl Ask<'_> {
    /// A header as text; several of a name are a list.
    fn text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        let mut all = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
        let first = all.next()?;
        Some(all.fold(Cow::Borrowed(first), |all, next| Cow::Owned(format!("{all}, {next}"))))
    }

    /// A file, or what its client has of it.
    fn file(&self, entry: Option<&Entry>, status: StatusCode) -> Response<Body> {
        let Some(entry) = entry else { return self.broken() };
        let form = entry.form(self.text(&ACCEPT_ENCODING).map_or(Coding::Identity, |header| negotiate::coding(Some(&header))));
        let mut answer = Response::new(Body::empty());
        *answer.headers_mut() = form.headers.clone();
        *answer.status_mut() = status;
        let (mut from, mut length) = (0, form.size);
        if status == StatusCode::OK {
            if self.text(&IF_MATCH).is_some_and(|header| !etag::listed(&header, &form.etag)) {
                return self.say(StatusCode::PRECONDITION_FAILED, "the file is another by now\n");
            }
            if self.text(&IF_NONE_MATCH).is_some_and(|header| etag::listed(&header, &form.etag)) {
                *answer.status_mut() = StatusCode::NOT_MODIFIED;
                answer.headers_mut().remove(CONTENT_TYPE);
                answer.headers_mut().remove(CONTENT_ENCODING);
                return answer;
            }
            let still = self.text(&IF_RANGE).is_none_or(|header| etag::still(&header, &form.etag));
            let asked = self.text(&RANGE).filter(|_| still && !self.head).map_or(Asked::All, |header| range::asked(&header, form.size));
            match asked {
                Asked::All => {}
                Asked::Part { from: first, length: many } => {
                    (from, length) = (first, many);
                    *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
                    let range = format!("bytes {from}-{}/{}", from + length - 1, form.size);
                    answer.headers_mut().insert(CONTENT_RANGE, value(&range));
                }
                Asked::Beyond => {
                    let mut answer = self.say(StatusCode::RANGE_NOT_SATISFIABLE, "the file has no such bytes\n");
                    answer.headers_mut().insert(CONTENT_RANGE, value(&format!("bytes */{}", form.size)));
                    return answer;
                }
            }
        }
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        if self.head {
            return answer;
        }
        let body = match self.site.kept(form) {
            Some(kept) => usize::try_from(from).ok().zip(usize::try_from(from + length).ok()).map(|(a, b)| Body::Whole(kept.slice(a..b))),
            None => Body::part(form, from, length).ok(),
        };
        let Some(body) = body else { return self.broken() };
        *answer.body_mut() = body;
        answer
    }

    /// Another place, with the same question.
    fn elsewhere(&self, place: &str, query: Option<&str>) -> Response<Body> {
        let mut answer = self.say(StatusCode::PERMANENT_REDIRECT, "");
        let place = query.map_or_else(|| place.to_owned(), |query| format!("{place}?{query}"));
        answer.headers_mut().insert(LOCATION, value(&place));
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        answer
    }

    /// A line of text.
    fn say(&self, status: StatusCode, text: &'static str) -> Response<Body> {
        self.made(status, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
    }

    /// Something that is no file, and that nobody keeps.
    fn made(&self, status: StatusCode, media: &'static str, bytes: Bytes) -> Response<Body> {
        let mut answer = Response::new(Body::empty());
        *answer.headers_mut() = self.site.headers.clone();
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.headers_mut().insert(CONTENT_LENGTH, bytes.len().into());
        if !self.head {
            *answer.body_mut() = Body::Whole(bytes);
        }
        answer
    }

    /// A file of the table that cannot be read.
    fn broken(&self) -> Response<Body> {
        self.say(StatusCode::INTERNAL_SERVER_ERROR, "the site is not whole\n")
    }
}

/// A value that is made of what a header may hold.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
