/** What a node is at, and what comes next. All times are in seconds, counted by the tick. */
export interface Self {
  /** Since the board started. */
  _uptime: number;
  /** Since a message was acknowledged last, and that count when Wi-Fi was last seen to carry. */
  _silence: number;
  _carried: number;
  /** To the next look for what is to be published. */
  _wait: number;
  /** Packet id of `status` while it is under way; 0 = acknowledged, below 0 = to be published. */
  _status: number;
  /** Packet id of the other state or record that is under way, 0 = none; and its source. */
  _pending: number;
  _source: number;
  /** Uptime at which `diag` is due. */
  _diagAt: number;
  /** To the next restart; 0 or missing = none. A field that is missing takes no memory. */
  _untilRestart?: number;
  /** Uptime from which on a command may restart the board; missing = 0. */
  _restartAt?: number;
  /** Seconds of silence that end with a restart; 0 = never. */
  _patience: number;
  /** Starts without an acknowledged message that led to safe mode; missing in any other. */
  _failedStarts?: number;
  /** Samples that were left out for want of memory, and records that were dropped. */
  _lost: number;
  /** Has the broker acknowledged a message since the start? */
  _isProven: number;
}

/** The node's own state. A board runs one node; it is a record because modules cannot set each other's variables. */
export const self: Self = {
  _uptime: 0,
  _silence: 0,
  _carried: 0,
  _wait: 0,
  _status: -1,
  _pending: 0,
  _source: 0,
  _diagAt: 0,
  _patience: 0,
  _lost: 0,
  _isProven: 0,
};
