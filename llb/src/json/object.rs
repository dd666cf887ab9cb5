//! Writes JSON objects with their keys in the order given.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use serde_json::Value;

/// A JSON object that keeps its keys in the order they were written in. The maps of `serde_json`
/// do that or not as the whole build has its features.
#[derive(Default)]
pub(super) struct Object(String);

impl Object {
    pub(super) fn raw(&mut self, key: &str, json: &str) {
        let separator = if self.0.is_empty() { '{' } else { ',' };
        self.0.push(separator);
        self.0.push_str(&quoted(key));
        self.0.push(':');
        self.0.push_str(json);
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.raw(key, &quoted(text));
        }
    }

    pub(super) fn number(&mut self, key: &str, number: i64) {
        self.raw(key, &number.to_string());
    }

    pub(super) fn flag(&mut self, key: &str, holds: bool) {
        if holds {
            self.raw(key, "true");
        }
    }

    pub(super) fn list(&mut self, key: &str, json: &[String]) {
        if !json.is_empty() {
            self.raw(key, &format!("[{}]", json.join(",")));
        }
    }

    pub(super) fn texts(&mut self, key: &str, texts: &[impl AsRef<str>]) {
        let texts = texts.iter().map(|text| quoted(text.as_ref()));
        self.list(key, &texts.collect::<Vec<_>>());
    }

    pub(super) fn map(&mut self, key: &str, map: &BTreeMap<String, String>) {
        if !map.is_empty() {
            self.object(key, |object| {
                for (key, text) in map {
                    object.raw(key, &quoted(text));
                }
            });
        }
    }

    pub(super) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        let mut object = Self::default();
        fill(&mut object);
        self.raw(key, &object.finish());
    }

    pub(super) fn mode(&mut self, mode: i32) {
        if mode >= 0 {
            self.text("mode", &format!("{mode:04o}"));
        }
    }

    pub(super) fn owner_and_time(&mut self, owner: Option<&pb::ChownOpt>, timestamp: i64) {
        if let Some(owner) = owner {
            let text = |user: &Option<pb::UserOpt>| {
                let user = user.as_ref().and_then(|user| user.user.as_ref());
                user.map_or_else(String::new, |user| match user {
                    pb::user_opt::User::ByName(named) => named.name.clone(),
                    pb::user_opt::User::ById(id) => id.to_string(),
                })
            };
            self.text("owner", &format!("{}:{}", text(&owner.user), text(&owner.group)));
        }
        if timestamp != -1 {
            self.number("timestamp", timestamp);
        }
    }

    pub(super) fn finish(self) -> String {
        if self.0.is_empty() { "{}".to_owned() } else { self.0 + "}" }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
