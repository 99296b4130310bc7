//! A hub in a folder of its own, with three who ask: `ana` may write, `ben` may read, and one has no token.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use examen_hub_server::{Rights, Settings, Storage, Tokens, router};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;
use tower::ServiceExt;
use xet_core_structures::{
    merklehash::{MerkleHash, compute_data_hash, file_hash, xorb_hash},
    metadata_shard::{
        MDBShardInfo,
        chunk_verification::range_hash_from_chunks,
        file_structs::{
            FileDataSequenceEntry, FileDataSequenceHeader, FileMetadataExt, FileVerificationEntry,
            MDBFileInfo,
        },
        shard_in_memory::MDBInMemoryShard,
    },
    xorb_object::{CompressionScheme, serialize_chunk},
};

pub(crate) const ANA: &str = "ana-may-write-0123456789";
pub(crate) const BEN: &str = "ben-may-read-0123456789";

pub(crate) struct Hub {
    pub(crate) folder: TempDir,
    application: Router,
    runtime: tokio::runtime::Runtime,
}

/// What a hub answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl Hub {
    pub(crate) fn start() -> Self {
        Self::start_with(Settings::new(Timestamp::now))
    }

    pub(crate) fn start_with(settings: Settings) -> Self {
        let folder = TempDir::new().unwrap();
        let mut tokens = Tokens::open(folder.path()).unwrap();
        tokens.add("ana", Rights::Write, ANA).unwrap();
        tokens.add("ben", Rights::Read, BEN).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let application = open(folder.path(), settings);
        Self {
            folder,
            application,
            runtime,
        }
    }

    /// Stops, and starts again on the same folder.
    pub(crate) fn restart(self) -> Self {
        let Self {
            folder,
            application,
            runtime,
        } = self;
        drop(application);
        drop(runtime);
        let application = open(folder.path(), Settings::new(Timestamp::now));
        Self {
            folder,
            application,
            runtime: tokio::runtime::Runtime::new().unwrap(),
        }
    }

    /// Stops; the folder stays.
    pub(crate) fn stop(self) -> TempDir {
        self.folder
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let answer = self.application.clone().oneshot(request).await.unwrap();
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Answer {
                status: head.status,
                headers: head.headers,
                body: body.to_vec(),
            }
        })
    }

    pub(crate) fn ask(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "hub.example");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(body.into()).unwrap())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Some(ANA), "GET", path, Body::empty())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Some(ANA), "POST", path, body.to_string())
    }

    pub(crate) fn make(&self, id: &str, is_private: bool) {
        let (organization, name) = id.split_once('/').unwrap();
        let made = self.post(
            "/api/repos/create",
            &json!({"name": name, "organization": organization, "type": "dataset", "private": is_private}),
        );
        assert_eq!(made.status, 200, "{}", made.text());
    }

    /// Pushes lines to the branch main.
    pub(crate) fn push(&self, id: &str, lines: &[Value]) -> Answer {
        let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.ask(
            Some(ANA),
            "POST",
            &format!("/api/datasets/{id}/commit/main"),
            lines,
        )
    }

    /// A token for Xet's storage.
    pub(crate) fn xet_token(&self, id: &str, what: &str) -> String {
        let answer = self.get(&format!("/api/datasets/{id}/xet-{what}-token/main"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    }

    /// Sends a file by Xet, and commits it.
    pub(crate) fn push_xet(&self, id: &str, path: &str, file: &XetFile) {
        let token = self.xet_token(id, "write");
        let sent = self.ask(
            Some(&token),
            "POST",
            &format!("/v1/xorbs/default/{}", file.xorb.hex()),
            file.xorb_bytes.clone(),
        );
        assert_eq!(sent.status, 200, "{}", sent.text());
        let sent = self.ask(Some(&token), "POST", "/v1/shards", file.shard());
        assert_eq!(sent.status, 200, "{}", sent.text());
        let pushed = self.push(
            id,
            &[header(), large(path, &file.sha256, file.content.len())],
        );
        assert_eq!(pushed.status, 200, "{}", pushed.text());
    }
}

fn open(folder: &Path, settings: Settings) -> Router {
    let tokens = Tokens::open(folder).unwrap();
    router(Storage::open(folder).unwrap(), Arc::new(tokens), settings)
}

pub(crate) fn header() -> Value {
    json!({"key": "header", "value": {"summary": "a push", "description": ""}})
}

pub(crate) fn small(path: &str, content: &str) -> Value {
    json!({"key": "file", "value": {"path": path, "content": STANDARD.encode(content), "encoding": "base64"}})
}

pub(crate) fn large(path: &str, sha256: &str, size: usize) -> Value {
    json!({"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": sha256, "size": size}})
}

/// A file of one xorb, made as Xet's clients make it.
pub(crate) struct XetFile {
    pub(crate) content: Vec<u8>,
    pub(crate) sha256: String,
    pub(crate) xorb: MerkleHash,
    pub(crate) xorb_bytes: Vec<u8>,
    pub(crate) chunks: Vec<(MerkleHash, u64)>,
    pub(crate) info: MDBFileInfo,
}

impl XetFile {
    /// A file of pieces of 50,000 bytes.
    pub(crate) fn new(content: Vec<u8>) -> Self {
        let (mut chunks, mut xorb_bytes) = (Vec::new(), Vec::new());
        for piece in content.chunks(50_000) {
            chunks.push((compute_data_hash(piece), piece.len() as u64));
            serialize_chunk(piece, &mut xorb_bytes, CompressionScheme::LZ4).unwrap();
        }
        let xorb = xorb_hash(&chunks);
        let sha256 = hex_sha256(&content);
        let hashes: Vec<MerkleHash> = chunks.iter().map(|(hash, _)| *hash).collect();
        let info = MDBFileInfo {
            metadata: FileDataSequenceHeader::new(file_hash(&chunks), 1, true, true),
            segments: vec![FileDataSequenceEntry::new(
                xorb,
                content.len() as u32,
                0,
                chunks.len() as u32,
            )],
            verification: vec![FileVerificationEntry::new(range_hash_from_chunks(&hashes))],
            metadata_ext: Some(FileMetadataExt::new(MerkleHash::from_hex(&sha256).unwrap())),
        };
        Self {
            content,
            sha256,
            xorb,
            xorb_bytes,
            chunks,
            info,
        }
    }

    pub(crate) fn hash(&self) -> String {
        file_hash(&self.chunks).hex()
    }

    pub(crate) fn shard(&self) -> Vec<u8> {
        shard(self.info.clone())
    }
}

pub(crate) fn shard(info: MDBFileInfo) -> Vec<u8> {
    let mut shard = MDBInMemoryShard::default();
    shard.add_file_reconstruction_info(info).unwrap();
    let mut bytes = Vec::new();
    MDBShardInfo::serialize_from(&mut bytes, &shard, None).unwrap();
    bytes
}

pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Bytes that do not compress, always the same ones.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}
