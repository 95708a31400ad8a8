import { BaseClient } from './client.js';
import { nodePlatform } from './platform/node.js';

export { ReassemblyError } from './core/errors.js';
export { openFile } from './platform/node.js';

export class Client extends BaseClient {
  constructor(urls, options) {
    super(nodePlatform, urls, options);
  }
}
