//! Writes the corpora to begin with, from the small checkpoints in `testdata/engine`, to `fuzz/corpus/<target>/`.

use std::{fs, io, path::Path};

/// More than any header there, less than a whole file.
const HEADER: usize = 16 << 10;

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(fuzz.join("../testdata/engine"))? {
        let checkpoint = entry?.path();
        if !checkpoint.is_dir() {
            continue;
        }
        for file in fs::read_dir(&checkpoint)? {
            let file = file?.path();
            let extension = file.extension().and_then(|extension| extension.to_str());
            let bytes = fs::read(&file)?;
            let (target, seed) = match extension {
                Some("gguf") => ("gguf", unpadded(&bytes, HEADER)),
                Some("safetensors") => ("safetensors", unpadded(&bytes, safetensors_header(&bytes))),
                Some("json") if file.ends_with("config.json") => ("config", bytes),
                _ => continue,
            };
            let name = format!("{}-{}", name(&checkpoint), name(&file));
            fs::create_dir_all(fuzz.join("corpus").join(target))?;
            fs::write(fuzz.join("corpus").join(target).join(name), seed)?;
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The first bytes, and how many KiB of zeros (255 at most) stand for the rest.
fn unpadded(bytes: &[u8], header: usize) -> Vec<u8> {
    let (header, rest) = bytes.split_at(header.min(bytes.len()));
    let n = rest.len().div_ceil(1024).min(255) as u8;
    [header, &[n]].concat()
}

fn safetensors_header(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length) as usize + 8)
}
