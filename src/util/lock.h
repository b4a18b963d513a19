#ifndef ASSAY_UTIL_LOCK_H
#define ASSAY_UTIL_LOCK_H

#include <glib.h>
#include <pthread.h>
#include <time.h>

/*
 * The locks of POSIX in place of GLib's: ThreadSanitizer sees the calls into the C library, but not into a GLib that
 * was built without it, and would take every use of a GMutex for a race.
 */

typedef pthread_mutex_t AssayLock;
typedef pthread_cond_t AssayWake;

static inline void
assay_lock_init (AssayLock *lock)
{
  pthread_mutex_init (lock, NULL);
}

static inline void
assay_lock_clear (AssayLock *lock)
{
  pthread_mutex_destroy (lock);
}

static inline void
assay_lock_take (AssayLock *lock)
{
  pthread_mutex_lock (lock);
}

static inline void
assay_lock_give (AssayLock *lock)
{
  pthread_mutex_unlock (lock);
}

/** assay_wake_init: its times are those of g_get_monotonic_time(). */
static inline void
assay_wake_init (AssayWake *wake)
{
  pthread_condattr_t attributes;
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (wake, &attributes);
  pthread_condattr_destroy (&attributes);
}

static inline void
assay_wake_clear (AssayWake *wake)
{
  pthread_cond_destroy (wake);
}

static inline void
assay_wake_signal (AssayWake *wake)
{
  pthread_cond_signal (wake);
}

/** assay_wake_wait: until a signal, or @until_us; may end early. */
static inline void
assay_wake_wait (AssayWake *wake, AssayLock *lock, gint64 until_us)
{
  const struct timespec until
      = { .tv_sec = until_us / G_USEC_PER_SEC, .tv_nsec = until_us % G_USEC_PER_SEC * G_GINT64_CONSTANT (1000) };
  pthread_cond_timedwait (wake, lock, &until);
}

#endif
