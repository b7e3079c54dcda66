// Shows ThreadSanitizer what it cannot see: the slow path of Swift's Mutex.
//
// `Synchronization.Mutex` takes and gives an uncontended lock by an atomic operation in our own, instrumented code.
// When two threads meet, it calls `_lockSlow` and `_unlockSlow` of libswiftSynchronization.so, which is not
// instrumented and sleeps in a futex; the sanitizer then reports a race for every value behind a contended mutex.
// tools/sanitize compiles this file and preloads it: both calls pass through here and are reported as what they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

typedef SWIFT void (*lock_slow)(uint32_t thread, SELF void *mutex);
typedef SWIFT void (*unlock_slow)(SELF void *mutex);
typedef void (*annotation)(void *address);

static void *find(void *scope, const char *name) {
  void *found = dlsym(scope, name);
  if (!found) abort();
  return found;
}

SWIFT void report_lock_slow(uint32_t thread, SELF void *mutex)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void report_unlock_slow(SELF void *mutex)
    __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

SWIFT void report_lock_slow(uint32_t thread, SELF void *mutex) {
  ((lock_slow)find(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"))(thread, mutex);
  annotation acquire = (annotation)dlsym(RTLD_DEFAULT, "__tsan_acquire");
  if (acquire) acquire(mutex);
}

SWIFT void report_unlock_slow(SELF void *mutex) {
  annotation release = (annotation)dlsym(RTLD_DEFAULT, "__tsan_release");
  if (release) release(mutex);
  ((unlock_slow)find(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"))(mutex);
}
