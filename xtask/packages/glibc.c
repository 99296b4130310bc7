// What this machine's headers name and glibc 2.17 lacks; linked into the binary of `cargo xtask dist`.
#include <fcntl.h>
#include <stdarg.h>

// SQLite asks for 64-bit offsets, so headers since glibc 2.28 call this one. Where pointers have 64 bits, it is fcntl.
__attribute__((visibility("hidden"))) int fcntl64(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  return fcntl(file, command, argument);
}
