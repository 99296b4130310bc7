//! Memory that a model may take: what the machine has free, and what the limits of this process and its cgroup leave.
//! Known on Linux alone.

use examen_engine::Memory;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes that may be used, with what bounds them.
pub(super) fn memory() -> Memory {
    let machine = kilobytes("/proc/meminfo", "MemAvailable:");
    let machine = machine.map(|free| (free, "this machine".to_owned()));
    let bounds = machine
        .into_iter()
        .chain(cgroup(Path::new("/sys/fs/cgroup")));
    Memory {
        free: bounds.min_by_key(|(free, _)| *free),
        address_space: limits::address_space(),
        allocated: limits::allocated(),
    }
}

/// Value of a line such as `MemAvailable:  12 kB`, in bytes.
fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Names of a cgroup's files, which differ between the two versions of cgroups.
struct Names {
    limit: &'static str,
    used: &'static str,
    cached: [&'static str; 2],
}

const VERSION_1: Names = Names {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    cached: ["total_inactive_file ", "total_active_file "],
};
const VERSION_2: Names = Names {
    limit: "memory.max",
    used: "memory.current",
    cached: ["inactive_file ", "active_file "],
};

/// What the tightest of this process's cgroups leaves.
fn cgroup(root: &Path) -> Option<(u64, String)> {
    let table = fs::read_to_string("/proc/self/cgroup").ok()?;
    let groups = table.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?.trim_start_matches('/'));
        let is_memory = controllers.split(',').any(|name| name == "memory");
        match (controllers, is_memory) {
            ("", _) => Some((root.to_owned(), path, VERSION_2)),
            (_, true) => Some((root.join("memory"), path, VERSION_1)),
            _ => None,
        }
    });
    let free = groups.filter_map(|(root, path, names)| free_of(&root, path, &names));
    free.min_by_key(|(free, _)| *free)
}

/// What a cgroup and those above it leave. In a container its own path may not be there: then its root counts.
fn free_of(root: &Path, path: &str, names: &Names) -> Option<(u64, String)> {
    let folders: Vec<PathBuf> = root
        .join(path)
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .map(Path::to_owned)
        .collect();
    let each = folders.iter().filter_map(|folder| {
        let number = |name: &str| {
            fs::read_to_string(folder.join(name))
                .ok()?
                .trim()
                .parse::<u64>()
                .ok()
        };
        let limit = number(names.limit)?;
        let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        // Pages of files go when others need the room.
        let cached = names.cached.iter().filter_map(|name| {
            let line = statistics
                .lines()
                .find_map(|line| line.strip_prefix(name))?;
            line.trim().parse::<u64>().ok()
        });
        let used = number(names.used)?.saturating_sub(cached.sum());
        let what = format!(
            "the memory limit of its cgroup ({})",
            crate::console::megabytes(limit)
        );
        Some((limit.saturating_sub(used), what))
    });
    each.min_by_key(|(free, _)| *free)
}

#[cfg(unix)]
mod limits {
    use super::kilobytes;
    use rlimit::Resource;

    const STATUS: &str = "/proc/self/status";

    /// What `ulimit -v` leaves.
    pub(super) fn address_space() -> Option<(u64, String)> {
        left(
            Resource::AS,
            "VmSize:",
            "the limit of virtual memory (ulimit -v)",
        )
    }

    /// What `ulimit -d` leaves.
    pub(super) fn allocated() -> Option<(u64, String)> {
        left(
            Resource::DATA,
            "VmData:",
            "the limit of allocated memory (ulimit -d)",
        )
    }

    fn left(resource: Resource, used: &str, what: &str) -> Option<(u64, String)> {
        let (limit, _) = resource.get().ok()?;
        let used = kilobytes(STATUS, used)?;
        (limit != rlimit::INFINITY).then(|| (limit.saturating_sub(used), what.to_owned()))
    }
}

#[cfg(not(unix))]
mod limits {
    pub(super) fn address_space() -> Option<(u64, String)> {
        None
    }

    pub(super) fn allocated() -> Option<(u64, String)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_cgroup_counts_and_cached_files_do_not() {
        let root = tempfile::tempdir().unwrap();
        write(
            &root.path().join("a"),
            &[("memory.max", "5000\n"), ("memory.current", "1000\n")],
        );
        write(
            &root.path().join("a/b"),
            &[
                ("memory.max", "4500\n"),
                ("memory.current", "1000\n"),
                (
                    "memory.stat",
                    "anon 400\ninactive_file 500\nactive_file 100\n",
                ),
            ],
        );
        let free = |path| free_of(root.path(), path, &VERSION_2).map(|(free, _)| free);
        assert_eq!(
            free("a/b"),
            Some(4000),
            "what is above leaves 4000, itself 4100"
        );
        assert_eq!(free("a"), Some(4000));
        write(&root.path().join("a"), &[("memory.max", "max\n")]);
        assert_eq!(free("a/b"), Some(4100));
        assert_eq!(free("not/there"), None);
    }
}
