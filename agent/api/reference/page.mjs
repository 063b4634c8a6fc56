// The page of this agent keeps the token as long as its tab lives; a reference opened from there need not ask for it again.
const token = sessionStorage.getItem('foreshock-token');

const reference = globalThis.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  // The badge would send the address of this agent to a server on the internet.
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  onComplete: () => {
    if (token !== null) reference.preauthorizeApiKey('bearer', token);
  },
});
