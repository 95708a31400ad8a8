import { BaseClient } from './client.js';
import { browserPlatform } from './platform/browser.js';

export { ReassemblyError } from './core/errors.js';

export class Client extends BaseClient {
  constructor(urls, options) {
    super(browserPlatform, urls, options);
  }
}
