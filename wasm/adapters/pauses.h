/*
 * Pauses inside of a computation: functions that the library calls between its own object files are wrapped by the linker
 * (`--wrap`), and count what they do. Nothing else about them changes, so that the bytes which come out do not.
 */
#include <stdint.h>

/* Lets the caller's other work run after so many microseconds of work; returns at once where the caller cannot suspend. */
__attribute__((import_module("host"), import_name("pause"))) void host_pause(int microseconds);

/* Microseconds between two pauses, as predicted for code that is warm: a clock of a Worker does not move meanwhile. */
enum { WORK_PER_STEP = 8000 };

static int work_since_pause;

static inline void count_work(int microseconds) {
  work_since_pause += microseconds;
  if (work_since_pause < WORK_PER_STEP) return;
  microseconds = work_since_pause;
  work_since_pause = 0;
  host_pause(microseconds);
}

/* For what is shorter than a microsecond. */
static inline void count_nanoseconds(int nanoseconds) {
  enum { ENOUGH = 100000 };
  static int counted;
  if ((counted += nanoseconds) < ENOUGH) return;
  count_work(counted / 1000);
  counted = 0;
}
