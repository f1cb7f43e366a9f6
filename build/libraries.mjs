/**
 * Packages that few commands load, by the file of the build that holds them. Beside the bundle, not in it: the bundle is read, and
 * V8's code of it too, for every command. What is loaded together is in one file.
 */
export const LIBRARIES = {
  'library-etcd': ['etcd3', '@grpc/grpc-js', 'cockatiel'],
  'library-consul': ['consul'],
  'library-yaml': ['yaml'],
  'library-prompts': ['inquirer'],
  'library-query': ['@aws-lambda-powertools/jmespath'],
  'library-serve': ['fastify', '@fastify/swagger', 'ajv', 'prom-client'],
}
