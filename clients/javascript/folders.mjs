// Signs in with Amplify, by the Secure Remote Password protocol, and tries two folders with the credentials
// that it is given. Argument: settings, as JSON. Prints what came of it, as JSON.

import { Amplify } from "aws-amplify";
import {
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  signIn,
  signOut,
} from "aws-amplify/auth";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const { endpoint, region, bucket, mine, others, username, password, ...pools } = JSON.parse(process.argv[2]);

/** The name of the error that is met. */
async function refusal(attempt) {
  try {
    await attempt;
  } catch (error) {
    return error.name;
  }
  return null;
}

Amplify.configure({
  Auth: { Cognito: { ...pools, userPoolEndpoint: endpoint, identityPoolEndpoint: endpoint } },
});
const found = {
  wrong: await refusal(signIn({ username, password: `${password}?` })),
  nobody: await refusal(signIn({ username: "nobody", password })),
};
const { isSignedIn } = await signIn({ username, password, options: { authFlowType: "USER_SRP_AUTH" } });
const { identityId, credentials, tokens } = await fetchAuthSession();
const refreshed = await fetchAuthSession({ forceRefresh: true });
Object.assign(found, {
  isSignedIn,
  identityId,
  username: (await getCurrentUser()).username,
  attributes: await fetchUserAttributes(),
  refreshed: refreshed.identityId === identityId && `${refreshed.tokens.idToken}` !== `${tokens.idToken}`,
});
const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
const read = async (Key) =>
  (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body.transformToString();
const write = (Key) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "from JavaScript" }));
await write(`${mine}.js`);
Object.assign(found, {
  mine: await read(mine),
  written: await read(`${mine}.js`),
  othersRead: await refusal(read(others)),
  othersWritten: await refusal(write(others)),
});
await signOut();
found.afterwards = await refusal(getCurrentUser());
console.log(JSON.stringify(found));
