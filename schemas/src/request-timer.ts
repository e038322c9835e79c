import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

// kafkajs looks after pending requests this often when nothing else wakes it.
const CHECK_MS = 10;

/**
 * kafkajs 2.2.4 re-arms a timer with a negative delay for ever: a loop of 1 ms on each connection,
 * about 3 % of a core each, and a TimeoutNegativeWarning on Node 24. The replacement arms the timer
 * only while requests are waiting or the broker has asked for a pause. Applying it twice is
 * harmless.
 */
export function calmRequestTimer(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhenNeeded;
}

function scheduleWhenNeeded(this: RequestQueue): void {
  const throttledMs = this.throttledUntil - Date.now();
  const idle = this.pending.length === 0 && throttledMs <= 0;
  if (this.throttleCheckTimeoutId !== null || idle) return;
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    Math.max(throttledMs, CHECK_MS),
  );
}
