//! `remove_whitespace`, `lowercase`, `uppercase` and `map`: each reply as another text.

use super::{Arguments, Filter, each};
use crate::{
    doc::Doc,
    metrics::Missing,
    python::{self, Value},
};
use serde_json::{Map, Value as Json};

/// A method of Python's strings.
#[derive(Debug)]
struct Method(&'static str);

pub(super) fn remove_whitespace(_: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Method("strip")))
}

pub(super) fn lowercase(_: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Method("lower")))
}

pub(super) fn uppercase(_: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    Ok(Box::new(Method("upper")))
}

impl Filter for Method {
    fn apply(&self, replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        each(replies, |text| {
            let made = python::call_method(&Value::string(text), self.0, &[], &[]);
            let made = made.and_then(|made| python::to_json(&made));
            made.map_err(|_| Missing::Other)
        })
    }
}

/// What a reply stands for.
#[derive(Debug)]
struct Named {
    values: Map<String, Json>,
    default: Json,
}

pub(super) fn map(arguments: &mut Arguments) -> Result<Box<dyn Filter>, String> {
    let values = match arguments.0.remove("mapping_dict") {
        None | Some(Json::Null) => Map::new(),
        Some(Json::Object(values)) => values,
        Some(_) => return Err("has a `mapping_dict` that is no mapping".to_owned()),
    };
    Ok(Box::new(Named {
        values,
        default: arguments.0.remove("default_value").unwrap_or(Json::Null),
    }))
}

impl Filter for Named {
    fn apply(&self, replies: Vec<Json>, _: &Doc) -> Result<Vec<Json>, Missing> {
        each(replies, |text| {
            Ok(self.values.get(text).unwrap_or(&self.default).clone())
        })
    }
}
