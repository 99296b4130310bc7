//! What a process gives up before it looks at hostile input: memory beyond a limit, every file but those that it is to
//! read, the network, other programs. What the system does not offer is left out.

use crate::failure::Failure;
use std::path::PathBuf;

/// What is left to a process.
#[derive(Debug)]
pub(crate) struct Rights<'a> {
    /// Memory in bytes.
    pub(crate) max_memory: u64,
    /// Files and folders that it may read; `None` for all.
    pub(crate) readable: Option<&'a [PathBuf]>,
}

/// The limits that the system enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enforced {
    /// No file but the readable ones is opened (Landlock).
    pub(crate) files: bool,
    /// No connection is made and no program started (seccomp).
    pub(crate) calls: bool,
}

/// Gives up all other rights, of this thread and of those that it starts. There is no way back.
///
/// # Errors
/// If memory cannot be limited.
pub(crate) fn lock_down(rights: &Rights<'_>) -> Result<Enforced, Failure> {
    limit_resources(rights.max_memory)?;
    Ok(system::lock_down(rights.readable))
}

/// Ends this process when the one that started it is gone: nobody else would end it.
#[cfg(unix)]
pub(crate) fn end_with_parent() {
    let parent = std::os::unix::process::parent_id();
    std::thread::spawn(move || {
        while std::os::unix::process::parent_id() == parent {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        std::process::exit(1);
    });
}

#[cfg(not(unix))]
pub(crate) fn end_with_parent() {}

/// Takes the network from this process and from whatever takes its place. False where the system cannot.
pub(crate) fn cut_network() -> bool {
    system::cut_network()
}

/// Limits the memory of this process, and of whatever takes its place.
///
/// # Errors
/// If it cannot be limited.
#[cfg(unix)]
pub(crate) fn limit_resources(max_memory: u64) -> Result<(), Failure> {
    let limits = [
        (rlimit::Resource::AS, max_memory),
        // What a private document leaves in memory does not go to the disk when its reader crashes.
        (rlimit::Resource::CORE, 0),
    ];
    for (resource, limit) in limits {
        // A tighter limit of the caller stays: it cannot be raised.
        let limit = resource.get().map_or(limit, |(_, hard)| limit.min(hard));
        resource.set(limit, limit).map_err(|error| {
            Failure::new(format!(
                "cannot limit {resource:?} to {limit} bytes: {error}"
            ))
        })?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn limit_resources(_: u64) -> Result<(), Failure> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod system {
    use super::Enforced;
    use landlock::{
        ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
        RulesetStatus, Scope, path_beneath_rules,
    };
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule,
    };
    use std::{
        collections::BTreeMap,
        path::{Path, PathBuf},
    };

    /// The newest rights that are known here; an older system enforces those that it knows.
    const NEWEST: ABI = ABI::V6;

    pub(super) fn lock_down(readable: Option<&[PathBuf]>) -> Enforced {
        let everything = [PathBuf::from("/")];
        let files = limit_files(readable.unwrap_or(&everything));
        Enforced {
            files: files.is_ok_and(|status| status != RulesetStatus::NotEnforced),
            calls: limit_calls(),
        }
    }

    /// Refuses sockets, and the ring by which they could be made without the call.
    pub(super) fn cut_network() -> bool {
        let calls = [libc::SYS_socket, libc::SYS_io_uring_setup];
        // The same calls by the numbers of x32, which an x86-64 kernel may know.
        let x32 = calls.map(|call| call | 0x4000_0000);
        let all = calls
            .into_iter()
            .chain(x32.into_iter().filter(|_| cfg!(target_arch = "x86_64")));
        let program = refuse(all.map(|call| (call, Vec::new())), libc::EPERM);
        program.is_ok_and(|program| seccompiler::apply_filter(&program).is_ok())
    }

    fn limit_files(readable: &[impl AsRef<Path>]) -> Result<RulesetStatus, RulesetError> {
        let reading = AccessFs::ReadFile | AccessFs::ReadDir;
        let rules = Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(readable, reading))?;
        Ok(rules.restrict_self()?.ruleset)
    }

    fn limit_calls() -> bool {
        // Threads are begun by the older call, whose flags a filter can see.
        let no_clone3 = refuse([(libc::SYS_clone3, Vec::new())], libc::ENOSYS);
        let others = allow_only(libc::EPERM);
        let programs = no_clone3.and_then(|first| Ok([first, others?]));
        programs.is_ok_and(|programs| {
            programs
                .iter()
                .all(|program| seccompiler::apply_filter(program).is_ok())
        })
    }

    fn refuse(
        calls: impl IntoIterator<Item = (i64, Vec<SeccompRule>)>,
        errno: i32,
    ) -> Result<BpfProgram, BackendError> {
        filter(
            calls.into_iter().collect(),
            SeccompAction::Allow,
            SeccompAction::Errno(errno.unsigned_abs()),
        )
    }

    fn allow_only(errno: i32) -> Result<BpfProgram, BackendError> {
        let thread = libc::CLONE_THREAD.unsigned_abs().into();
        let is_thread = SeccompCondition::new(
            0,
            SeccompCmpArgLen::Qword,
            SeccompCmpOp::MaskedEq(thread),
            thread,
        )?;
        let mut calls: BTreeMap<i64, Vec<SeccompRule>> =
            CALLS.iter().map(|&call| (call, Vec::new())).collect();
        calls.insert(libc::SYS_clone, vec![SeccompRule::new(vec![is_thread])?]);
        filter(
            calls,
            SeccompAction::Errno(errno.unsigned_abs()),
            SeccompAction::Allow,
        )
    }

    fn filter(
        calls: BTreeMap<i64, Vec<SeccompRule>>,
        others: SeccompAction,
        these: SeccompAction,
    ) -> Result<BpfProgram, BackendError> {
        let architecture = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(calls, others, these, architecture)?.try_into()
    }

    /// What reading files, memory, threads and the end of a process need.
    const CALLS: &[i64] = &[
        libc::SYS_brk,
        libc::SYS_clock_getres,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_clone3,
        libc::SYS_close,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_fadvise64,
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_futex,
        libc::SYS_getcwd,
        libc::SYS_getdents64,
        libc::SYS_getegid,
        libc::SYS_geteuid,
        libc::SYS_getgid,
        libc::SYS_getpid,
        libc::SYS_getppid,
        libc::SYS_getrandom,
        libc::SYS_get_robust_list,
        libc::SYS_gettid,
        libc::SYS_gettimeofday,
        libc::SYS_getuid,
        libc::SYS_ioctl,
        libc::SYS_lseek,
        libc::SYS_madvise,
        libc::SYS_membarrier,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_nanosleep,
        libc::SYS_newfstatat,
        libc::SYS_openat,
        libc::SYS_ppoll,
        libc::SYS_prctl,
        libc::SYS_pread64,
        libc::SYS_prlimit64,
        libc::SYS_read,
        libc::SYS_readlinkat,
        libc::SYS_readv,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_set_tid_address,
        libc::SYS_sigaltstack,
        libc::SYS_statx,
        libc::SYS_sysinfo,
        libc::SYS_tgkill,
        libc::SYS_uname,
        libc::SYS_write,
        libc::SYS_writev,
        // Older calls of the same kinds.
        #[cfg(target_arch = "x86_64")]
        libc::SYS_access,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_arch_prctl,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_getdents,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_getrlimit,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_lstat,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_poll,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_readlink,
        #[cfg(target_arch = "x86_64")]
        libc::SYS_stat,
    ];
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Enforced;
    use std::path::PathBuf;

    pub(super) fn cut_network() -> bool {
        false
    }

    pub(super) fn lock_down(_: Option<&[PathBuf]>) -> Enforced {
        Enforced {
            files: false,
            calls: false,
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::{
        fs::{self, File},
        io::ErrorKind,
        net::{TcpListener, TcpStream, UdpSocket},
        process::Command,
        thread,
    };

    /// Looks in a thread of its own: rights are a thread's.
    fn locked<T: Send>(readable: &[PathBuf], look: impl FnOnce() -> T + Send) -> (Enforced, T) {
        thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let enforced = system::lock_down(Some(readable));
                (enforced, look())
            });
            looking.join().unwrap()
        })
    }

    #[test]
    fn only_what_is_readable_is_read_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join("a"), "a").unwrap();
        fs::write(&outside, "b").unwrap();
        let (enforced, (read, refused, written)) = locked(std::slice::from_ref(&inside), || {
            (
                fs::read_to_string(inside.join("a")),
                fs::read_to_string(&outside).map_err(|error| error.kind()),
                File::create(inside.join("b")).map_err(|error| error.kind()),
            )
        });
        assert_eq!(read.unwrap(), "a");
        assert!(enforced.files, "this test needs a kernel with Landlock");
        assert_eq!(refused.unwrap_err(), ErrorKind::PermissionDenied);
        assert_eq!(written.unwrap_err(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn nothing_is_connected_and_no_program_is_started() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (enforced, (tcp, udp, program, spawned)) = locked(&["/".into()], || {
            (
                TcpStream::connect(address).map_err(|error| error.kind()),
                UdpSocket::bind("127.0.0.1:0").map_err(|error| error.kind()),
                Command::new("/bin/true")
                    .status()
                    .map_err(|error| error.kind()),
                thread::spawn(|| 7).join().unwrap(),
            )
        });
        assert!(enforced.calls, "this test needs a kernel with seccomp");
        assert_eq!(tcp.unwrap_err(), ErrorKind::PermissionDenied);
        assert_eq!(udp.unwrap_err(), ErrorKind::PermissionDenied);
        assert_eq!(program.unwrap_err(), ErrorKind::PermissionDenied);
        assert_eq!(spawned, 7, "threads are begun as before");
    }
}
