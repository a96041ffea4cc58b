// DescribeCluster (versions 0 to 2): cluster id, controller and brokers; fenced brokers too when version 2
// asks. Endpoint type 1 stands for brokers. Type 2, controllers, is asked of a controller's listener, and
// there is none.

import { ErrorCode } from '../../errors.ts';
import { describeCluster } from '../../protocol/apis/describe-cluster.ts';
import { allClusterOperations, operationsNotAsked } from '../authorized-operations.ts';
import { brokerViews } from '../cluster-view.ts';
import { handler, respond } from '../handler.ts';

const brokers = 1;
const controllers = 2;

export const describeClusterHandler = handler({
  api: describeCluster,
  *handle(request, { services, version }) {
    const { endpointType } = request;
    if (version >= 1 && endpointType !== brokers) {
      const known = endpointType === controllers;
      return respond({
        throttleTimeMs: 0,
        errorCode: known ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: known ? 'this is an endpoint of brokers' : `no endpoint type ${endpointType}`,
        clusterId: '',
        brokers: [],
      });
    }
    return respond({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      endpointType: brokers,
      clusterId: services.clusterId,
      controllerId: services.metadata.nodeId,
      brokers: brokerViews(services, version >= 2 && request.includeFencedBrokers).map((broker) => ({
        brokerId: broker.id,
        host: broker.host,
        port: broker.port,
        rack: broker.rack,
        isFenced: version >= 2 && broker.isFenced,
      })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? allClusterOperations
        : operationsNotAsked,
    });
  },
});
