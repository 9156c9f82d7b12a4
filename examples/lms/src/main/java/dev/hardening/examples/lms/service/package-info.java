/**
 * What ties the modules to this service: its limits, its mails, its filters, its background work.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.service;
