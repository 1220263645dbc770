/**
 * For main.ts to import before all else: libuv makes its threads when the first is needed, which is while other modules
 * load. Half of them at most look up receivers' names, and a look-up can't be ended: of libuv's usual four, two
 * names whose servers don't answer would hold up all others.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '64'
