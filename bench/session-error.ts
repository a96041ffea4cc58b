/** Why a session could not be held: the broker's or the caller's fault, not a bug of ours. */
export class SessionError extends Error {}
