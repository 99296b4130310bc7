//! Large files: by Xet and by git-lfs; each claim about them is checked.

use crate::support::{ANA, BEN, Hub, XetFile, header, hex_sha256, large, noise, shard};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use xet_core_structures::{
    merklehash::MerkleHash,
    metadata_shard::file_structs::{FileMetadataExt, FileVerificationEntry},
    xorb_object::{CompressionScheme, serialize_chunk},
};

const SET: &str = "ana/set";
const FILE: &str = "/datasets/ana/set/resolve/main/data.bin";

fn hub() -> Hub {
    let hub = Hub::start();
    hub.make(SET, true);
    hub
}

fn ranged(hub: &Hub, path: &str, range: &str) -> (u16, Vec<u8>) {
    let request = Request::get(path)
        .header("range", range)
        .header("authorization", format!("Bearer {ANA}"));
    let answer = hub.send(request.body(Body::empty()).unwrap());
    (answer.status.as_u16(), answer.body)
}

#[test]
fn a_file_that_came_by_xet_is_read_whole_and_in_parts() {
    let hub = hub();
    let file = XetFile::new(noise(230_000, 7));
    hub.push_xet(SET, "data.bin", &file);
    let told = hub.ask(Some(ANA), "HEAD", FILE, Body::empty());
    assert_eq!(told.header("x-xet-hash"), file.hash());
    assert_eq!(told.header("x-linked-size"), "230000");
    assert_eq!(told.header("etag"), format!("\"{}\"", file.sha256));
    assert!(
        told.header("link").ends_with("; rel=\"xet-auth\""),
        "{}",
        told.header("link")
    );
    assert!(hub.get(FILE).body == file.content);
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=49999-50001", 49_999, 50_002),
        ("bytes=120000-", 120_000, 230_000),
        ("bytes=-5", 229_995, 230_000),
    ] {
        let (status, body) = ranged(&hub, FILE, range);
        assert_eq!(
            (status, body == file.content[from..to]),
            (206, true),
            "{range}"
        );
    }
    assert_eq!(ranged(&hub, FILE, "bytes=230000-").0, 416);
}

/// A client puts the file together itself.
#[test]
fn what_reconstructs_a_file_makes_it() {
    let hub = hub();
    let file = XetFile::new(noise(230_000, 7));
    hub.push_xet(SET, "data.bin", &file);
    let token = hub.xet_token(SET, "read");
    for (version, range, skipped, length) in [
        ("v1", None, 0, 230_000),
        ("v2", None, 0, 230_000),
        ("v1", Some((60_000, 120_000)), 10_000, 60_000),
    ] {
        let mut request = Request::get(format!("/{version}/reconstructions/{}", file.hash()))
            .header("host", "hub.example")
            .header("authorization", format!("Bearer {token}"));
        if let Some((first, end)) = range {
            request = request.header("range", format!("bytes={first}-{}", end - 1));
        }
        let answer = hub.send(request.body(Body::empty()).unwrap()).json();
        assert_eq!(answer["offset_into_first_range"], skipped, "{answer}");
        let fetch = match version {
            "v1" => &answer["fetch_info"][file.xorb.hex()][0],
            _ => &answer["xorbs"][file.xorb.hex()][0],
        };
        let bytes = if version == "v1" {
            &fetch["url_range"]
        } else {
            &fetch["ranges"][0]["bytes"]
        };
        let path = fetch["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://hub.example")
            .unwrap();
        let request = Request::get(path).header(
            "range",
            format!("bytes={}-{}", bytes["start"], bytes["end"]),
        );
        let part = hub.send(request.body(Body::empty()).unwrap());
        assert_eq!(part.status, 206, "{}", part.text());
        let (content, _) =
            xet_core_structures::xorb_object::deserialize_chunks(&mut part.body.as_slice())
                .unwrap();
        let (from, skipped) = (range.map_or(0, |(first, _)| first), skipped as usize);
        assert!(content[skipped..skipped + length] == file.content[from..from + length]);
        // The address is of these bytes, not of others.
        if let Some(start) = bytes["start"].as_u64().filter(|start| *start > 0) {
            let request = Request::get(path).header("range", format!("bytes=0-{start}"));
            assert_eq!(hub.send(request.body(Body::empty()).unwrap()).status, 403);
        }
    }
    let several = hub
        .ask(
            Some(&token),
            "GET",
            &format!("/v1/reconstructions?file_id={}", file.hash()),
            Body::empty(),
        )
        .json();
    assert_eq!(several["files"][file.hash()][0]["unpacked_length"], 230_000);
}

#[test]
fn who_sends_a_piece_again_is_told_that_it_is_there() {
    let hub = hub();
    let file = XetFile::new(noise(230_000, 7));
    hub.push_xet(SET, "data.bin", &file);
    let write = hub.xet_token(SET, "write");
    let path = format!("/v1/chunks/default-merkledb/{}", file.chunks[0].0.hex());
    let known = hub.ask(Some(&write), "GET", &path, Body::empty());
    assert_eq!(known.status, 200, "{}", known.text());
    let told = xet_core_structures::metadata_shard::streaming_shard::MDBMinimalShard::from_reader(
        &mut known.body.as_slice(),
        true,
        true,
    )
    .unwrap();
    assert_eq!(
        (
            told.num_files(),
            told.num_xorb(),
            told.xorb(0).unwrap().xorb_hash()
        ),
        (0, 1, file.xorb)
    );
    let other = format!("/v1/chunks/default-merkledb/{}", "0".repeat(64));
    assert_eq!(
        hub.ask(Some(&write), "GET", &other, Body::empty()).status,
        404
    );
    assert_eq!(
        hub.ask(
            Some(&hub.xet_token(SET, "read")),
            "GET",
            &path,
            Body::empty()
        )
        .status,
        404,
        "readers learn nothing of it"
    );
    let again = hub.ask(
        Some(&write),
        "POST",
        &format!("/v1/xorbs/default/{}", file.xorb.hex()),
        file.xorb_bytes.clone(),
    );
    assert_eq!(again.json(), json!({"was_inserted": false}));
}

#[test]
fn a_xorb_that_is_none_is_refused() {
    let hub = hub();
    let token = hub.xet_token(SET, "write");
    let file = XetFile::new(noise(120_000, 3));
    let send = |hash: &str, body: Vec<u8>| {
        let answer = hub.ask(
            Some(&token),
            "POST",
            &format!("/v1/xorbs/default/{hash}"),
            body,
        );
        (answer.status.as_u16(), answer.text())
    };
    let hash = file.xorb.hex();
    assert_eq!(
        send(&"0".repeat(64), file.xorb_bytes.clone()).0,
        400,
        "another hash"
    );
    assert_eq!(send("xyz", file.xorb_bytes.clone()).0, 400);
    assert_eq!(send(&hash, Vec::new()).0, 400);
    assert_eq!(send(&hash, vec![0; 100]).0, 400);
    assert_eq!(send(&hash, noise(1000, 9)).0, 400);
    assert_eq!(
        send(&hash, file.xorb_bytes[..file.xorb_bytes.len() - 1].to_vec()).0,
        400,
        "cut off"
    );
    // 8 MiB of zeros in one piece of a few kB, whose head says so, or lies.
    let mut bomb = Vec::new();
    serialize_chunk(&vec![0; 8 << 20], &mut bomb, CompressionScheme::LZ4).unwrap();
    let (status, why) = send(&hash, bomb.clone());
    assert_eq!((status, why.contains("131072")), (400, true), "{why}");
    bomb[5..8].copy_from_slice(&[0, 0, 1]);
    let (status, why) = send(&hash, bomb);
    assert_eq!(
        (status, why.contains("another length")),
        (400, true),
        "{why}"
    );
    assert_eq!(send(&hash, vec![0; 67 << 20]).0, 413);
}

#[test]
fn a_shard_is_not_believed() {
    let hub = hub();
    let token = hub.xet_token(SET, "write");
    let file = XetFile::new(noise(120_000, 3));
    let send = |body: Vec<u8>| {
        let answer = hub.ask(Some(&token), "POST", "/v1/shards", body);
        (answer.status.as_u16(), answer.text())
    };
    assert!(
        send(file.shard()).1.contains("send it first"),
        "its xorb did not come"
    );
    let sent = hub.ask(
        Some(&token),
        "POST",
        &format!("/v1/xorbs/default/{}", file.xorb.hex()),
        file.xorb_bytes.clone(),
    );
    assert_eq!(sent.status, 200);
    let other = MerkleHash::from_hex(&"1".repeat(64)).unwrap();
    type Lie = (
        &'static str,
        fn(&mut xet_core_structures::metadata_shard::file_structs::MDBFileInfo, MerkleHash),
    );
    let lies: [Lie; 5] = [
        ("another file", |info, other| {
            info.metadata.file_hash = other
        }),
        ("does not have", |info, _| {
            info.segments[0].chunk_index_end = 99
        }),
        ("not those of the xorb", |info, _| {
            info.segments[0].unpacked_segment_bytes = 7
        }),
        ("not those of the xorb", |info, other| {
            info.verification[0] = FileVerificationEntry::new(other)
        }),
        ("another SHA-256", |info, other| {
            info.metadata_ext = Some(FileMetadataExt::new(other))
        }),
    ];
    for (why, lie) in lies {
        let mut info = file.info.clone();
        lie(&mut info, other);
        let (status, told) = send(shard(info));
        assert_eq!((status, told.contains(why)), (400, true), "{why}: {told}");
    }
    for hostile in [Vec::new(), noise(500, 1), file.shard()[..60].to_vec()] {
        assert_eq!(send(hostile).0, 400);
    }
    // A count that would take 200 GB.
    let mut counted = file.shard();
    let at = 48 + 36;
    counted[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(send(counted).0, 400);
    assert_eq!(send(file.shard()), (200, "{\"result\":1}".to_owned()));
    assert_eq!(send(file.shard()), (200, "{\"result\":0}".to_owned()));
}

fn batch(hub: &Hub, token: Option<&str>, operation: &str, oid: &str, size: usize) -> Value {
    let body = json!({"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": size}]});
    let answer = hub.ask(
        token,
        "POST",
        "/datasets/ana/set.git/info/lfs/objects/batch",
        body.to_string(),
    );
    answer.json()
}

#[test]
fn a_file_comes_and_goes_by_lfs() {
    let hub = hub();
    let content = noise(300_000, 5);
    let oid = hex_sha256(&content);
    let asked = batch(&hub, Some(ANA), "upload", &oid, content.len());
    let href = asked["objects"][0]["actions"]["upload"]["href"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = href.strip_prefix("http://hub.example").unwrap();
    assert_eq!(
        hub.ask(None, "PUT", path, noise(300_000, 6)).status,
        400,
        "other bytes"
    );
    assert_eq!(
        hub.ask(None, "PUT", path, noise(300_001, 5)).status,
        413,
        "more bytes"
    );
    assert_eq!(
        hub.ask(None, "PUT", path, content[..10].to_vec()).status,
        400,
        "fewer bytes"
    );
    assert_eq!(
        hub.push(SET, &[header(), large("data.bin", &oid, content.len())])
            .status,
        400,
        "it did not come"
    );
    assert_eq!(hub.ask(None, "PUT", path, content.clone()).status, 200);
    assert_eq!(
        hub.push(SET, &[header(), large("data.bin", &oid, 7)])
            .status,
        400,
        "another size"
    );
    let download = batch(&hub, Some(ANA), "download", &oid, content.len());
    assert_eq!(
        download["objects"][0]["error"]["code"], 404,
        "no commit has it yet"
    );
    assert_eq!(
        hub.push(SET, &[header(), large("data.bin", &oid, content.len())])
            .status,
        200
    );
    assert!(hub.get(FILE).body == content);
    assert_eq!(hub.get(FILE).header("x-xet-hash"), "");
    let download = batch(&hub, Some(BEN), "download", &oid, content.len());
    let href = download["objects"][0]["actions"]["download"]["href"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        hub.ask(
            None,
            "GET",
            href.strip_prefix("http://hub.example").unwrap(),
            Body::empty()
        )
        .body
            == content
    );
    assert_eq!(
        batch(&hub, Some(ANA), "upload", &oid, content.len())["objects"][0]["actions"],
        Value::Null,
        "it is here"
    );
}

#[test]
fn signed_addresses_cannot_be_made_up() {
    let hub = hub();
    let content = noise(100, 5);
    let asked = batch(
        &hub,
        Some(ANA),
        "upload",
        &hex_sha256(&content),
        content.len(),
    );
    let href = asked["objects"][0]["actions"]["upload"]["href"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = href.strip_prefix("http://hub.example").unwrap();
    let (body, signature) = path.split_once('.').unwrap();
    assert_eq!(
        hub.ask(
            None,
            "PUT",
            &format!("{body}x.{signature}"),
            content.clone()
        )
        .status,
        401
    );
    assert_eq!(hub.ask(None, "PUT", body, content.clone()).status, 401);
    assert_eq!(
        hub.ask(None, "GET", path, Body::empty()).status,
        403,
        "it is for sending"
    );
    assert_eq!(
        hub.ask(
            Some(path.strip_prefix("/large/").unwrap()),
            "POST",
            "/v1/shards",
            content
        )
        .status,
        403
    );
}

/// Without a token, only the files of a public repository's commit can be had.
#[test]
fn who_has_no_token_puts_only_public_files_together() {
    let hub = hub();
    hub.make("ana/open", false);
    let (secret, open) = (
        XetFile::new(noise(60_000, 1)),
        XetFile::new(noise(60_000, 2)),
    );
    hub.push_xet(SET, "data.bin", &secret);
    hub.push_xet("ana/open", "data.bin", &open);
    let answer = hub.ask(
        None,
        "GET",
        "/api/datasets/ana/open/xet-read-token/main",
        Body::empty(),
    );
    let token = answer.json()["accessToken"].as_str().unwrap().to_owned();
    let ask = |file: &XetFile| {
        hub.ask(
            Some(&token),
            "GET",
            &format!("/v1/reconstructions/{}", file.hash()),
            Body::empty(),
        )
        .status
        .as_u16()
    };
    assert_eq!((ask(&open), ask(&secret)), (200, 404));
    assert_eq!(
        hub.ask(
            None,
            "GET",
            "/api/datasets/ana/set/xet-read-token/main",
            Body::empty()
        )
        .status,
        401
    );
    let closed = hub.ask(
        Some(ANA),
        "PUT",
        "/api/datasets/ana/open/settings",
        json!({"private": true}).to_string(),
    );
    assert_eq!(closed.status, 200);
    assert_eq!(ask(&open), 404, "it is private now");
}
