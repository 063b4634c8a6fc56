// The page of this agent keeps the token as long as its tab lives; a reference opened from there need not ask for it again.
const token = sessionStorage.getItem('foreshock-token');

/** Where Swagger UI stands in the way of a keyboard or a screen reader. */
const accessible = () => ({
  wrapComponents: {
    // A link within the button that opens the route: two things to press in one.
    DeepLink:
      (_, { React }) =>
      ({ text }) =>
        React.createElement('span', null, text),
    InfoContainer:
      (Info, { React }) =>
      (props) =>
        React.createElement('section', { 'aria-label': 'About this API' }, React.createElement(Info, props)),
    // A choice of one server, without a name.
    ServersContainer: () => () => null,
    // The tags below are headings of the third level.
    operations:
      (Operations, { React }) =>
      (props) =>
        React.createElement(React.Fragment, null, React.createElement('h2', null, 'Routes'), React.createElement(Operations, props)),
  },
});

const reference = globalThis.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  plugins: [accessible],
  // The badge would send the address of this agent to a server on the internet.
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  onComplete: () => {
    if (token !== null) reference.preauthorizeApiKey('bearer', token);
  },
});
