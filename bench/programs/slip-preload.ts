// A slip on purpose: loaded into a broker before its own code (`node --import`), it burns a share of whatever
// processor time the process uses, in small pieces between the broker's own work. A comparison that does not find
// such a slip would not find a real one. Never part of the engine, and of no broker that was not asked for it.
//
// How much stands in the name by which it is loaded: slip-preload.ts?percent=5.

/** Rarely: waking up a hundred times a second, as this once did, was another slip on top, half as large again. */
const everyMs = 40;
const percent = Number(new URL(import.meta.url).searchParams.get('percent'));
if (!(percent > 0)) throw new Error('slip-preload wants ?percent= with a number above 0');

/**
 * The longest piece, and the most that is owed at any time: two ticks of a busy core. What a process uses before its
 * loop turns for the first time is forgiven in this way; paid later, it would fall on the load that is measured.
 */
const pieceMaxUs = (2 * everyMs * 1000 * percent) / 100;

let seenUs = 0;
let owedUs = 0;

function payBack(): void {
  // What this function itself takes, the questions included, is part of what it burns, and owes nothing again.
  const startUs = cpuUs();
  const startMs = performance.now();
  owedUs = Math.min(pieceMaxUs, owedUs + ((startUs - seenUs) * percent) / 100);
  // Two upper bounds of what this thread used since: the processor time of the whole process, in which the work of
  // other threads stands too, and the time that has passed, in which it may have been descheduled. The processor time
  // of the thread alone would be neither, but Linux tells it only as of its last clock tick, up to 4 ms ago.
  let usedUs = 0;
  do {
    compute();
    usedUs = Math.min(cpuUs() - startUs, (performance.now() - startMs) * 1000);
  } while (usedUs < owedUs);
  owedUs -= usedUs;
  seenUs = startUs + usedUs;
}

let sum = 0;

/** Some microseconds: what is burned is to be work, not questions to the system about the time. */
function compute(): void {
  for (let at = 0; at < 10_000; at++) sum += Math.sqrt(at + sum);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

// Not a reason to stay alive.
setInterval(payBack, everyMs).unref();
