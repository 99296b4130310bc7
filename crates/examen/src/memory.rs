//! Settings of the allocator that make it give memory back. Verifying a password takes 19 MiB; glibc learns from the
//! first such block to keep all later ones, one for each thread, so that a server with sixteen reviewers would hold
//! hundreds of MB for nothing.

/// Blocks of this size and more go back to the system when they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const RETURNED_BYTES: libc::c_int = 8 * 1024 * 1024;

/// Has large blocks given back to the system as soon as they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn return_large_blocks() {
    #[expect(unsafe_code, reason = "a setting of glibc, which has no other door")]
    // SAFETY: mallopt changes a number in the allocator, under the allocator's own lock; it takes no pointers.
    let _is_set = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, RETURNED_BYTES) };
}

/// Other allocators do it by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn return_large_blocks() {}
