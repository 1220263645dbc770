/** What is under way already comes to its pace in so long. */
export const WARM_UP_SECONDS = 3
/** A process that has just been started takes so long until most of what it runs is compiled; at first it needs twice the CPU. */
export const FRESH_WARM_UP_SECONDS = 15
