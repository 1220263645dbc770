import { defineConfig } from 'prisma/config'

/** For people who use Prisma's own command line (`prisma migrate deploy` works on these migrations). */
export default defineConfig({
  schema: './schema.prisma',
  migrations: { path: './migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
})
