/** A process that has just been started is at first several times as slow as it will be. */
export const WARM_UP_SECONDS = 3
