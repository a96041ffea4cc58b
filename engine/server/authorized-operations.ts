// Which operations the one who asks may do, as the bit fields that clients can ask for. There is no
// authorizer: everybody may do all that the kind of resource supports.

/** READ 3, WRITE 4, CREATE 5, DELETE 6, ALTER 7, DESCRIBE 8, DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11. */
export const allTopicOperations = 3576;

/** READ 3, DELETE 6, DESCRIBE 8, DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11. */
export const allGroupOperations = 3400;

/**
 * CREATE 5, ALTER 7, DESCRIBE 8, CLUSTER_ACTION 9, DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11, IDEMPOTENT_WRITE
 * 12.
 */
export const allClusterOperations = 8096;

/** Says that nobody asked. */
export const operationsNotAsked = -2147483648;
