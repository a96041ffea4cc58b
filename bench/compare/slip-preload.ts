// A slip on purpose: loaded into a broker before its own code (`node --import`), it burns a share of whatever
// processor time the process uses, in small pieces between the broker's own work. A comparison that does not find
// such a slip would not find a real one. Never part of the engine, and of no broker that was not asked for it.
//
// How much stands in the name by which it is loaded: slip-preload.ts?percent=5.

/** Often enough that the debt is paid in small pieces, rarely enough that the timer itself costs nothing. */
const everyMs = 2;
/** The longest piece: the broker's own latency is not what is slowed down. */
const pieceMaxUs = 2000;

const percent = Number(new URL(import.meta.url).searchParams.get('percent'));
if (!(percent > 0)) throw new Error('slip-preload wants ?percent= with a number above 0');

let burnedUs = 0;

function payBack(): void {
  const { user, system } = process.cpuUsage();
  const owedUs = ((user + system - burnedUs) * percent) / 100 - burnedUs;
  if (owedUs > 0) burnedUs += burn(Math.min(owedUs, pieceMaxUs));
}

/** By the processor time of this thread: being descheduled meanwhile is not work. Returns what was burned. */
function burn(us: number): number {
  const start = threadUs();
  let used = 0;
  while (used < us) used = threadUs() - start;
  return used;
}

function threadUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

// Not a reason to stay alive.
setInterval(payBack, everyMs).unref();
