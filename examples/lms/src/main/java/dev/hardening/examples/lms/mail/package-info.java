/**
 * Mail to the users of the service.
 *
 * <p>{@code Mailer} is the port; mails go to a folder of files or to an SMTP server.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.mail;
