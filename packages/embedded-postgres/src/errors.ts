/** The embedded PostgreSQL can't be had, set up or started here, for a reason that the message says. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code = 'embedded_postgres'
}
