/**
 * HTTP for the service: strict JSON, problems, a router, body limits, security headers and an embedded Jetty.
 *
 * <p>Start at {@code WebServer}; what a call does is a {@code Handler} in a {@code Router}. Nothing here knows a school.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.web;
