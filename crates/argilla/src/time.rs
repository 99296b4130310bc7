//! Times without a zone, in UTC, with microseconds: `2026-11-23T19:37:49.570055`.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::json;
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Object, RefOr, Schema, Type},
};

/// A moment, as Argilla writes it. Read with or without a zone; without one it is UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = TimeZone::UTC.to_datetime(self.0);
        write!(
            f,
            "{}T{:02}:{:02}:{:02}",
            utc.date(),
            utc.hour(),
            utc.minute(),
            utc.second()
        )?;
        write!(f, ".{:06}", utc.subsec_nanosecond() / 1_000)
    }
}

impl FromStr for Time {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Ok(Self(timestamp));
        }
        let civil: DateTime = text.parse()?;
        TimeZone::UTC.to_timestamp(civil).map(Self)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        // Not `date-time`, which has a zone.
        let text = Object::builder()
            .schema_type(Type::String)
            .examples([json!("2026-11-23T19:37:49.570055")]);
        text.description(Some("A moment in UTC, without a zone."))
            .into()
    }
}

impl ToSchema for Time {}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_microseconds_and_no_zone() {
        let text = "2026-11-23T19:37:49.070055";
        let time: Time = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(
            "2026-11-23T20:37:49.070055+01:00".parse::<Time>().unwrap(),
            time
        );
        assert_eq!(
            "2026-11-23".parse::<Time>().unwrap().to_string(),
            "2026-11-23T00:00:00.000000"
        );
        "yesterday".parse::<Time>().unwrap_err();
    }
}
