// Package web is the console: pages rendered on the server from the operator's API, with a strict content security policy, no
// build step and nothing fetched from elsewhere. The playground is the one interactive page; it calls the public dialects as
// any client would. Package operator is the API that the pages and the command line share.
package web
